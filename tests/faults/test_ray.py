"""`predict --ray local`, killed at any operation on its folder of answers."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="pip install '.[ray]' to run it")

PREDICT = "predict pictures --model bundled --ray local --format jsonl --output answers"


def answers(injected):
    """The content of each whole file of answers."""
    return {path.name: path.read_bytes() for path in injected.work.glob("answers/part-*")}


def test_a_kill_at_any_operation_is_made_up_for(place):
    injected = place("pictures")
    states = list(injected.states(PREDICT, injected.work))
    whole, names = answers(injected), injected.names()
    # Workers are stopped as well, not the command alone.
    assert any(list(state.copy.glob("work/answers/part-*")) for state in states)
    for state in states:
        injected.restore(state.copy)
        assert answers(injected).items() <= whole.items(), state.operation
        ended = injected.run(PREDICT, root=injected.work)
        assert ended.code == 0, f"{state.operation}: {ended.said}"
        assert injected.names() == names, state.operation
        assert answers(injected) == whole, state.operation
