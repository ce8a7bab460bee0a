"""Bad pictures and pages: each gets an answer or one line, in bounded time and memory."""

from __future__ import annotations

import unicodedata
from itertools import islice

import pytest
from bad_files.datasets import picture
from bad_files.pages import bad_pages
from bad_files.pictures import bad_pictures
from bad_files.places import bad_places
from bad_files.running import MOST_SECONDS, write

pytestmark = pytest.mark.thorough

# Files of one command. One that takes long is looked for where their time is not enough.
BATCH = 50
SOME = pytest.param(23, id="some")
ALL = pytest.param(1, id="all", marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def pictures(box):
    return write(box.inside / "pictures", bad_pictures())


@pytest.fixture(scope="module")
def pages(box):
    return write(box.inside / "pages", bad_pages())


def ask(box, words, files):
    """Run a command on many files, and on each of them where all together took too long."""
    ended = box.run(*words, *files)
    if ended.seconds >= MOST_SECONDS:
        for file in files:
            box.run(*words, file).check()
    ended.check(seconds=MOST_SECONDS * len(files))
    return ended


def batches(files):
    waiting = iter(files)
    while batch := [*islice(waiting, BATCH)]:
        yield batch


def check_told(record):
    """Check that a record has an answer, or an error that a line can hold."""
    told = record.get("error")
    if told is not None:
        assert told.startswith(("expected ", "no such file", "is a ", "its symbolic links"))
        assert not any(unicodedata.category(character) == "Cc" for character in told), record


@pytest.mark.parametrize("each", [SOME, ALL])
def test_every_picture_is_answered_by_predict(box, pictures, each):
    for batch in batches(pictures[::each]):
        ended = ask(box, ("predict", "--model", "bundled", "--format", "jsonl"), batch)
        assert [record["source"] for record in ended.records] == batch
        for record in ended.records:
            check_told(record)


@pytest.mark.parametrize("each", [SOME, ALL])
def test_every_page_is_answered_by_read(box, pictures, pages, each):
    # What decodes them is that of predict.
    for batch in batches([*pages[::each], *pictures[:: 7 * each]]):
        ended = ask(box, ("read", "--format", "jsonl"), batch)
        assert {record["source"].partition("#")[0] for record in ended.records} == {*batch}
        for record in ended.records:
            check_told(record)


@pytest.mark.slow
def test_every_picture_is_explained_or_refused(box, pictures):
    for number, file in enumerate(pictures[::23]):
        plot = box.output / f"{number}.png"
        ended = box.run("explain", file, "--model", "bundled", "--plot", plot)
        ended.check()
        assert len(ended.errors) <= 1


@pytest.mark.parametrize("command", ["predict", "read"])
def test_odd_names_and_places_are_answered_one_by_one(box, command):
    # One of them leads to the folder above, which has nothing else.
    places = bad_places(box.inside / f"odd-{command}" / "places", picture())
    # A folder as a whole, and a stdin with nothing in it, come last.
    words = (command, "--format", "jsonl", "--", *places)
    ended = box.run(*words)
    ended.check(seconds=MOST_SECONDS * 3)
    assert len(ended.records) >= len(places)
    for record in ended.records:
        told = record.get("error", "")
        assert len(told.splitlines()) <= 1
    assert not list(box.folder.rglob("touched"))
