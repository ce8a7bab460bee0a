"""A full, broken or read-only disk, or two at once: one line, an exit code, nothing lost."""

from __future__ import annotations

import errno
import json

import pytest
from file_faults import LASTS, THERE, Fault
from injected import PATIENCE

from mnistkit.core.holding import PREFIX

pytestmark = pytest.mark.slow

TRAIN = (
    "train --dataset mnist-sample --limit 60 --architecture tiny --batch-size 32 --epochs 1 "
    "--output made"
)
RESUME = "train --resume one --epochs 3"
TUNE = (
    "tune --dataset mnist-sample --limit 60 --architecture tiny --epochs 1 --trials 2 --output made"
)
COMMANDS = {
    "train": TRAIN,
    "resume": RESUME,
    "tune": TUNE,
    "export": "export one --output made.onnx",
    "openvino": "export one --exporter openvino --output made",
    "saved-model": "export one --exporter saved-model --output made",
    "ensemble": "ensemble one two --output made",
    "import": "import own.keras --pixels 0-1 --ink bright --fit none --output made",
}
GIVEN = ("one", "two", "own.keras")
# The same command goes on with what these have made.
GO_ON = (RESUME, TUNE)
# What only some results of a study let it make.
CHANCE = {"work/made/importance.png"}
# Of the command line: an output that can't be written, or something that can't be used.
CODES = {1, 3}


def contents(folder, names):
    """The content of the files that were there before."""
    files = [path for name in names for path in (folder / name, *(folder / name).rglob("*"))]
    return {path: path.read_bytes() for path in files if path.is_file()}


def firsts(operations):
    """The number of the first operation of each kind below the working folder."""
    found = {}
    for number, operation in enumerate(operations, 1):
        if operation.path.startswith("work/"):
            found.setdefault(operation.kind, number)
    return found


def own(names):
    """The names that do not lie in a library's cache."""
    return {name for name in names if name.startswith("work/")}


def passing(names):
    """The names of temporary files and locks."""
    return {name for name in names if PREFIX in name}


def undeletable(kind):
    """What is left of a kind of operation that failed, as `names` tells of it."""
    name, path = kind
    return {f"{path.partition(PREFIX)[0]}{PREFIX}"} if name == "unlink" else set()


def lasting(words):
    """What of the material a command may not change."""
    return [name for name in GIVEN if f"--resume {name}" not in words]


def counts(work):
    """How many epochs a resumed run has, and how many trials of a study are complete."""
    epochs = len(json.loads((work / "one" / "run.json").read_text())["history"])
    study = work / "made" / "study.json"
    return epochs, json.loads(study.read_text())["counts"] if study.exists() else None


@pytest.mark.parametrize("error", LASTS)
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_an_error_is_one_line_and_leaves_what_was_there(place, words, error):
    undisturbed = place(*GIVEN)
    whole = undisturbed.run(words)
    assert whole.code == 0, whole.said
    made, counted = own(undisturbed.names()), counts(undisturbed.work)
    for kind, at in firsts(whole.operations).items():
        injected = place(*GIVEN)
        before, names = contents(injected.work, lasting(words)), injected.names()
        ended = injected.run(words, Fault(at, error, LASTS[error]))
        assert contents(injected.work, lasting(words)) == before, kind
        left = passing(injected.names())
        assert error == errno.EROFS or left <= undeletable(kind), kind
        if ended.code:
            assert ended.code in CODES, f"{kind}: {ended.said}"
            errors = [line for line in ended.stderr.splitlines() if "error: " in line]
            assert len(errors) == 1, f"{kind}: {ended.said}"
            assert "defect" not in ended.stderr, f"{kind}: {ended.said}"
            # A training keeps the epochs that it has, and a study its trials.
            if words not in (TRAIN, *GO_ON):
                assert own(injected.names()) - left == own(names), kind
        if left or (ended.code and words in GO_ON):
            again = injected.run(words)
            # What could not be deleted is deleted by the next command.
            assert not passing(injected.names()) - again.left_alone, kind
            if words in GO_ON:
                assert again.code == 0, f"{kind}: {again.said}"
                assert own(injected.names()) - CHANCE == made - CHANCE, kind
                assert counts(injected.work) == counted, kind


ONCE = {name: words for name, words in COMMANDS.items() if words != TUNE}


@pytest.mark.parametrize("words", ONCE.values(), ids=ONCE)
def test_of_two_at_once_one_makes_it_and_the_other_says_so(place, words):
    whole = place(*GIVEN)
    assert whole.run(words).code == 0
    names = own(whole.names())
    injected = place(*GIVEN)
    before = contents(injected.work, lasting(words))
    both = [injected.start_uncounted(words) for _ in range(2)]
    said = [process.communicate(timeout=PATIENCE)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], said
    (refused,) = [text for process, text in zip(both, said, strict=True) if process.returncode]
    (line,) = [line for line in refused.splitlines() if "error: " in line]
    assert any(reason in line for reason in (*THERE, "another process is writing there"))
    assert own(injected.names()) == names
    assert contents(injected.work, lasting(words)) == before
