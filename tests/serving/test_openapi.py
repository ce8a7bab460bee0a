"""The server's description of itself is whole, and what schemathesis finds by it is mended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mnistkit.serving import collecting, openapi, pictures, protocol

FUZZER = Path(__file__).parents[1] / "fuzz" / "fuzz_server.py"
OWN = {f"{protocol.MODEL}/infer", "/settings", "/metrics", "/", openapi.PATH}


@pytest.fixture(scope="module")
def document(server):
    return server.get(openapi.PATH).json


def test_every_path_is_described(document):
    routers = (protocol.router, pictures.router, collecting.router)
    assert {*document["paths"]} == OWN | {each.path for one in routers for each in one.routes}


def test_every_reference_leads_somewhere(document):
    for name in references(document):
        place = document
        for part in name.removeprefix("#/").split("/"):
            place = place[part]


def references(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        value = value.values()
    for inner in value if not isinstance(value, str | int | float | None) else ():
        yield from references(inner)


def test_another_method_is_told_which_one_a_path_takes(server, document):
    for path, operations in document["paths"].items():
        taken = {method.upper() for method in operations} & {"GET", "POST"}
        for method in {"GET", "POST", "DELETE"} - taken:
            reply = server.ask(method, path.replace("{name}", "bundled"))
            assert reply.status == 405, (method, path)
            assert taken <= {*reply.headers["Allow"].split(", ")}
            assert reply.error


def test_what_is_no_file_of_the_page_is_not_there(server):
    assert server.get("/page.js").status == 200
    for path in ("/absent", "/page.js/", "//page.js", "/%2e%2e/app.py", "/page.js%00"):
        assert server.get(path).status == 404, path


@pytest.mark.slow
def test_a_server_answers_as_it_describes():
    pytest.importorskip("schemathesis", reason="pip install '.[fuzz]'")
    words = ("--phases", "coverage,fuzzing", "--max-examples", "50", "--seed", "1", "--no-shrink")
    ended = subprocess.run(
        [sys.executable, FUZZER, *words], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout
