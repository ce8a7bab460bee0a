"""`evaluate` and `read` with `--ray local` give what they give without."""

from __future__ import annotations

import json

import pytest
from PIL import Image

pytestmark = pytest.mark.thorough


def made(mnistkit_in, folder, *words):
    """What a fresh process prints."""
    ended = mnistkit_in(folder, *words, fresh=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_folder_of_labelled_pictures_is_measured_as_without(mnistkit_in, sample, tmp_path):
    for number, image in enumerate(sample.images[:200]):
        # Some are mistaken.
        place = tmp_path / "labelled" / str((sample.class_indices[number] + (number % 7 == 0)) % 10)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number}.png")
    (place / "broken.png").write_text("no picture")
    words = ("evaluate", "bundled", "--dataset", "folder:labelled", "--format", "json")
    expected = json.loads(made(mnistkit_in, tmp_path, *words))
    found = json.loads(
        made(mnistkit_in, tmp_path, *words, "--ray", "local", "--output", tmp_path / "answers")
    )
    # Of several machines it would mean nothing.
    assert found.pop("images_per_second") is None
    assert expected.pop("images_per_second") > 0
    # Sums of another order.
    for name in ("nll", "ece"):
        assert found.pop(name) == pytest.approx(expected.pop(name))
    assert found == expected
    assert 0.7 < expected["accuracy"] < 0.95


@pytest.mark.slow
def test_pages_are_read_as_without(mnistkit_in, tmp_path):
    words = ("read", "example:page", "--format", "jsonl")
    expected = made(mnistkit_in, tmp_path, *words)
    output = tmp_path / "answers"
    assert made(mnistkit_in, tmp_path, *words, "--ray", "local", "--output", output) == ""
    (file,) = output.iterdir()
    assert json.loads(file.read_text()) == json.loads(expected)
