"""Bad pictures and pages sent to a server: each gets an answer or one line, and it serves on."""

from __future__ import annotations

import pytest
from bad_files.datasets import picture
from bad_files.pages import bad_pages
from bad_files.pictures import bad_pictures
from bad_files.running import MOST_MEMORY, MOST_SECONDS, on_two_cores
from served import computing_of, memory_of, serving

pytestmark = pytest.mark.thorough

SOME = pytest.param(79, id="some")
ALL = pytest.param(1, id="all", marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def server():
    with on_two_cores(), serving("--model", "bundled") as started:
        yield started


@pytest.mark.parametrize("each", [SOME, ALL])
@pytest.mark.parametrize(("path", "records"), [("/predict", "predictions"), ("/read", "pages")])
def test_every_picture_is_answered_by_a_server(server, path, records, each):
    files = bad_pictures() | bad_pages()
    answered = 0
    for name, content in [*files.items()][::each]:
        before = computing_of(server.process.pid)
        reply = server.send(path, {"a": content})
        assert computing_of(server.process.pid) - before < MOST_SECONDS, name
        assert memory_of(server.process.pid) < MOST_MEMORY, name
        if reply.status == 200:
            answered += 1
            told = [record.get("error", "") for record in reply.json[records]]
        else:
            # It gives up by itself where others have the cores.
            assert 400 <= reply.status < 500 or reply.status == 504, (name, reply)
            told = [reply.error]
        assert all(len(line.splitlines()) <= 1 for line in told), (name, told)
    assert answered
    assert server.send("/predict", {"a": picture()}).json["predictions"][0]["label"]
