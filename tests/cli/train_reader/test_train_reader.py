"""`mnistkit train-reader` as a user meets it: a reader of very few steps."""

from __future__ import annotations

import json

import pytest

from mnistkit.reading.reader import open_reader

pytestmark = pytest.mark.thorough

WORDS = ("train-reader", "--batch-size", "1", "--pages", "1", "--steps", "2")


@pytest.fixture(scope="module")
def trained(mnistkit_in, tmp_path_factory):
    """The folder that a training was given, and how the command ended."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, mnistkit_in(folder, *WORDS, "--output", "new", timeout=500)


def test_a_reader_is_trained_and_exported_with_its_card(trained):
    folder, ended = trained

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "new/reader.onnx\n"
    assert "training in new, steps 1 to 2" in ended.stderr
    card = open_reader(folder / "new" / "reader.onnx").card
    assert card.command.startswith("mnistkit train-reader --steps 2 --seed 0 --batch-size 1")
    assert {"crops", "rows", "sudoku", "words"} <= card.measures.keys()
    record = json.loads((folder / "new" / "training.json").read_text())
    assert record["proof"]["max_abs_diff"] < 1e-3
    assert [row["step"] for row in record["history"]] == [2]


def test_nothing_that_tensorflow_prints_is_shown(trained):
    _, ended = trained

    said = [line for line in ended.stderr.splitlines() if not line.startswith("mnistkit: ")]
    assert [line.split(" ")[0] for line in said] == [
        *("preparing", "training", "step", "measuring", "exporting")
    ]


def test_a_finished_training_is_left_as_it_is_and_says_so(trained, mnistkit_in):
    folder = trained[0]
    before = {path: path.stat().st_mtime_ns for path in (folder / "new").iterdir()}

    ended = mnistkit_in(folder, *WORDS, "--output", "new")

    assert (ended.returncode, ended.stdout) == (0, "new/reader.onnx\n")
    assert ended.stderr.splitlines()[-1] == "new is finished: all 2 steps are done"
    assert {path: path.stat().st_mtime_ns for path in (folder / "new").iterdir()} == before


def test_what_is_wrong_with_a_folder_is_told_before_digits_are_looked_for(trained, mnistkit_in):
    (trained[0] / "foreign").mkdir()
    (trained[0] / "foreign" / "notes.txt").touch()

    ended = mnistkit_in(trained[0], *WORDS, "--output", "foreign")

    assert ended.returncode == 2
    (told,) = ended.stderr.splitlines()
    assert "expected foreign to be a new or empty folder" in told


def test_the_folder_of_a_training_is_a_model_of_read(trained, mnistkit_in):
    ended = mnistkit_in(trained[0], "read", "example:page", "--model", "new")

    assert ended.returncode == 0
    assert ended.stderr.splitlines()[0] == "reader: new/reader.onnx"


def test_a_reader_is_no_classifier(trained, mnistkit_in):
    ended = mnistkit_in(trained[0], "predict", "example:seven", "--model", "new/reader.onnx")

    assert ended.returncode == 3
    assert "expected a classifier, received a page reader" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--output", "new", "--seed", "7"), "expected seed as when new began, 0, received 7"),
        (("--output", "other", "--init", "nowhere"), "expected --init to name the folder"),
        (("--output", "other", "--fonts", "nowhere"), "expected a folder with typefaces"),
    ],
)
def test_what_can_not_be_trained_is_told_in_one_line(trained, mnistkit_in, words, told):
    ended = mnistkit_in(trained[0], *WORDS, *words)

    assert ended.returncode == 2
    assert told in ended.stderr.splitlines()[-1]
