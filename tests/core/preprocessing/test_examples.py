"""The example pictures are answered rightly, by name, and are small."""

import pytest

from mnistkit.core.preprocessing.examples import FOLDER, is_example, path_of_example
from mnistkit.errors import PictureError
from mnistkit.prediction.sources import from_paths
from mnistkit.reading import pages


def test_the_seven_is_one(bundled):
    assert bundled.label("example:seven") == "7"


def test_the_page_is_read(reader):
    (answer,) = pages.read_pages(reader, from_paths(["example:page"]), "auto")
    assert [line.text for line in answer.lines] == ["435 129 4815", "17667", "1118 46", "103 3 65"]


def test_the_examples_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 100_000


def test_a_name_leads_to_its_file_and_a_path_is_none():
    assert path_of_example("example:seven") == FOLDER / "seven.png"
    assert is_example("example:ten")
    assert not any(map(is_example, ("seven", "./example:seven", "an example:seven", "Example:")))


@pytest.mark.parametrize("name", ["example:ten", "example:", "example:seven.png", "example:../x"])
def test_a_name_that_no_example_has_is_answered_with_those_that_there_are(name):
    with pytest.raises(PictureError) as refusal:
        path_of_example(name)
    said = str(refusal.value)
    names = sorted(f"example:{path.stem}" for path in FOLDER.iterdir())
    assert said.startswith(f"expected {' or '.join(names)}, received {name}; ")
    assert said.endswith(f" write ./{name}")
