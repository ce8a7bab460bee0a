"""The example pictures are answered rightly, by name, and are small."""

from mnistkit.core.preprocessing.examples import FOLDER
from mnistkit.prediction.sources import from_paths
from mnistkit.reading import pages


def test_the_seven_is_one(bundled):
    assert bundled.label("example:seven") == "7"


def test_the_page_is_read(reader):
    (answer,) = pages.read_pages(reader, from_paths(["example:page"]), "auto")
    assert [line.text for line in answer.lines] == ["435 129 4815", "17667", "1118 46", "103 3 65"]


def test_the_examples_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 100_000
