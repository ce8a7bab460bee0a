"""A fork of `mnistkit` does what a fresh process does."""

from __future__ import annotations

import pytest
from forking import IS_THERE


@pytest.mark.sampled(2)
@pytest.mark.skipif(not IS_THERE, reason="needs Linux's handles of processes")
@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("trian",),
        ("predict", "example:seven", "absent.png", "--format", "jsonl"),
        ("summary", "fast"),
    ],
    ids=" ".join,
)
def test_a_fork_prints_and_ends_as_a_fresh_process_does(mnistkit, words):
    forked, fresh = mnistkit(*words), mnistkit(*words, fresh=True)
    assert "client.py" in str(forked.args)
    assert "client.py" not in str(fresh.args)
    assert forked.returncode == fresh.returncode
    assert (forked.stdout, forked.stderr) == (fresh.stdout, fresh.stderr)


def test_a_fork_is_none_where_a_library_would_be_imported_otherwise(mnistkit, clean_environment):
    for words, options in (
        (("--debug", "--version"), {}),
        (("--version",), {"env": clean_environment | {"PYTHONUTF8": "0"}}),
        (("--version",), {"preexec_fn": lambda: None}),
    ):
        answered = mnistkit(*words, **options)
        assert "client.py" not in str(answered.args)
        assert answered.returncode == 0
