"""Photos in HEIF, which pi-heif decodes.

The files here were drawn, some with MNIST's digits, and encoded by pillow-heif.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from mnistkit.core.preprocessing.decoding import UPRIGHT, decode_photo, read_photo
from mnistkit.errors import PictureError

FOLDER = Path(__file__).parent / "heif"
# Of `corner-N.heic`: red in its upper left third and half, else white.
HEIGHT, WIDTH, RED = 48, 72, (200, 30, 30)


def file(orientation):
    return FOLDER / f"corner-{orientation}.heic"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_once_however_the_camera_was_held(orientation):
    photo = read_photo(file(orientation), colour=True)
    assert photo.orientation == UPRIGHT
    upright = np.full((HEIGHT, WIDTH, 3), 255)
    upright[: HEIGHT // 2, : WIDTH // 3] = RED
    # The encoder loses a little, most of it at the edges.
    assert np.abs(photo.colours - upright).mean() < 4
    np.testing.assert_allclose(photo.upright()[::12, 5::12], upright[::12, 5::12, 1], atol=60)


def test_it_is_known_by_its_content_whatever_it_is_called(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(file(1).read_bytes())
    assert read_photo(path).pixels.shape == (HEIGHT, WIDTH)
    assert read_photo(io.BytesIO(path.read_bytes())).pixels.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_file_that_ends_early_is_refused_in_one_line(share):
    content = file(1).read_bytes()
    with pytest.raises(PictureError, match=r"^expected .*, received ") as refusal:
        decode_photo(content[: int(share * len(content))])
    assert "\n" not in str(refusal.value)


def test_a_file_that_the_decoder_crashes_at_is_refused():
    # Another version of the decoder may refuse it by itself.
    with pytest.raises(PictureError, match=r"^expected .*, received .*; save it"):
        read_photo(FOLDER / "crashing.heic")


def test_one_of_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("mnistkit.core.preprocessing.outside.heif.MAX_PIXELS", 1000)
    monkeypatch.setattr("mnistkit.core.preprocessing.bounds.MAX_PIXELS", 1000)
    with pytest.raises(PictureError, match=rf"received {WIDTH} x {HEIGHT}; make"):
        decode_photo(file(1).read_bytes())


def test_predict_answers_for_it(mnistkit):
    ended = mnistkit("predict", FOLDER / "seven.heic", "--model", "bundled")
    assert ended.stdout.split("\t")[1] == "7"
    assert ended.returncode == 0
