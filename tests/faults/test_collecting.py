"""`serve --collect`, killed at any operation while it keeps pictures."""

from __future__ import annotations

import signal

import pytest
from served import PATIENCE, Server

from mnistkit.core.holding import PREFIX

pytestmark = pytest.mark.slow

SERVE = "--quiet serve --model bundled --port 0 --collect digits"
# A picture's file, and its label; the last one changes a label.
KEPT = (("00.png", "1"), ("01.png", "1"), ("02.png", "none"), ("00.png", "7"))


def collected(injected):
    """The label and the content of each picture that is kept."""
    paths = injected.work.glob("digits/*/*")
    return sorted(
        (path.parent.name, path.read_bytes()) for path in paths if not path.name.startswith(PREFIX)
    )


def keep(pictures, process):
    """Send all pictures to a server, and end it."""
    server = Server(process, process.stdout.readline().strip())
    replies = [
        server.send("/collect", {name: pictures[name]}, {"label": label}) for name, label in KEPT
    ]
    process.send_signal(signal.SIGTERM)
    return [reply.status for reply in replies]


def test_a_kill_at_any_operation_is_made_up_for(place, material):
    pictures = {path.name: path.read_bytes() for path in (material / "pictures").iterdir()}
    injected = place().without_forks()
    states = list(injected.states(SERVE, injected.work, lambda process: keep(pictures, process)))
    whole, names = collected(injected), injected.names()
    assert whole == sorted(
        [("7", pictures["00.png"]), ("1", pictures["01.png"]), (".none", pictures["02.png"])]
    )
    most = 0
    for state in states:
        injected.restore(state.copy)
        found = {content for _, content in collected(injected)}
        # None is half-written, and none that was kept is lost while its label changes.
        assert found <= set(pictures.values()), state.operation
        assert len(found) >= most, state.operation
        most = len(found)
        with injected.start_uncounted(SERVE) as process:
            assert keep(pictures, process) == [200] * len(KEPT), state.operation
            assert process.wait(PATIENCE) == 0
        assert injected.names() == names, state.operation
        assert collected(injected) == whole, state.operation
