"""The folder of a page reader's training and its record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from permissions import reachable_folder, refused

from mnistkit.core.models.reader_card import ReaderSettings
from mnistkit.errors import ModelError, OutputExistsError, UsageError
from mnistkit.reading.learning.folder import RECORD_FILE, open_folder
from mnistkit.reading.learning.proof import ReaderProof
from mnistkit.reading.learning.record import Row

SETTINGS = ReaderSettings(10, 0, 8, 192, 2e-3, None, "mnist", "0" * 64, ("DejaVuSans.ttf",))
ROW = Row(5, {"loss": 0.5}, {"recall": 1.0, "precision": None})


@pytest.fixture
def folder(tmp_path):
    """A finished training's folder."""
    folder = open_folder(tmp_path, SETTINGS)
    folder.save(history=(ROW,), measures={"crops": {"read": 1.0}}, proof=ReaderProof(1e-6, 1.0, 3))
    return folder


def test_a_record_is_the_same_when_it_is_read_again(folder):
    assert open_folder(folder.path, SETTINGS).record == folder.record


def test_other_settings_are_refused_with_their_name(folder):
    with pytest.raises(UsageError, match=r"expected steps as when .* began, 10, received 11; give"):
        open_folder(folder.path, replace(SETTINGS, steps=11))


def test_other_typefaces_are_counted(folder):
    other = replace(SETTINGS, typefaces=tuple(f"{number}.ttf" for number in range(500)))

    with pytest.raises(UsageError, match="500 are new and 1 are missing; give the same --fonts"):
        open_folder(folder.path, other)


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"packages": []},
        {"settings": {"seed": 0}},
        {"history": [{"loss": 0.5}]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_damaged_record_is_refused_in_one_line(folder, change):
    file = folder.path / RECORD_FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(ModelError, match="expected the record of a page reader's training") as told:
        open_folder(folder.path, SETTINGS)
    assert "\n" not in str(told.value)


def test_a_record_that_may_not_be_read_is_refused():
    with reachable_folder() as path:
        open_folder(path, SETTINGS)
        with (
            refused(path / RECORD_FILE),
            pytest.raises(ModelError, match=r"training\.json: no permission$"),
        ):
            open_folder(path, SETTINGS)


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()

    with pytest.raises(OutputExistsError, match="a new or empty folder"):
        open_folder(tmp_path, SETTINGS)
