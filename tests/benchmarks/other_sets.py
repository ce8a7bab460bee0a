"""Handwriting that is not MNIST's, and pictures that are no digits, as they lie on a disk."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnistkit.core.arrays import Images
from mnistkit.core.preprocessing.decoding import read_picture
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.data.loading import load_split
from mnistkit.datasets.usps import load_pictures
from mnistkit.fetching.store import Store

FONTS = Path("/usr/share/fonts")
# Debian's packages fonts-liberation, -lato, -cabin, -oldstandard, -gnutypewriter, -sjfonts, -klee,
# -rufscript, -dkg-handwriting, -kiloji, -comic-neue. DejaVu is not among them: with its letters
# the bundled model was taught what is no digit.
FACES = (
    "LiberationSans-Regular.ttf",
    "LiberationSerif-Regular.ttf",
    "LiberationMono-Regular.ttf",
    "Lato-Light.ttf",
    "Cabin-Bold.otf",
    "OldStandard-Italic.ttf",
    "GNUTypewriter.ttf",
    "Delphine.ttf",
    "KleeOne-Regular.ttf",
    "Rufscript010.ttf",
    "dkg.ttf",
    "kiloji_p.ttf",
    "ComicNeue-Regular.otf",
)
# All but those that have the shape of a digit: O o Q D I l i J j S s Z z B b G g q.
LETTERS = "ACEFHKLMNPRTUVWXYacdefhkmnprtuvwxy"
LETTER_SIDE = 64


@dataclass(frozen=True)
class Pictures:
    """Pictures uint8 (height, width) each, and their digits, int64 (n,)."""

    pictures: Sequence[GreyPicture]
    digits: NDArray[np.int64]


def nsysu(folder: Path) -> Pictures:
    """Digits cut from scanned exam papers."""
    with (folder / "nsysu" / "nsysu-digits.csv").open(newline="") as table:
        rows = [(name, int(float(label))) for name, label, *_ in csv.reader(table)]
    return _labelled((folder / "nsysu" / name, label) for name, label in rows)


def usps(folder: Path) -> Pictures:
    """Scanned digits of envelopes, 16x16, bright on black."""
    pictures, digits = load_pictures("test", Store(folder))
    return Pictures(list(pictures), digits)


def hwd(folder: Path) -> Pictures:
    """Digits drawn on a screen."""
    files = sorted((folder / "hwd-1000" / "img").glob("*.png"))
    return _labelled((file, int(file.name[0])) for file in files)


def fashion() -> Images:
    """Clothes, uint8 (10000, 28, 28), bright on black."""
    return load_split("fashion-mnist", "test", Store()).images


def letters() -> list[GreyPicture]:
    """Printed letters, dark on white."""
    faces = [next(iter(sorted(FONTS.rglob(name))), None) for name in FACES]
    missing = [name for name, face in zip(FACES, faces, strict=True) if face is None]
    if missing:
        raise SystemExit(f"expected these below {FONTS}: {' '.join(missing)}; install them")
    return [_drawn(face, letter) for face in faces for letter in LETTERS]


def cropped(image: GreyPicture) -> GreyPicture:
    """An image without its margins."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def enlarged(image: GreyPicture) -> GreyPicture:
    """An image four times as large."""
    size = (4 * image.shape[1], 4 * image.shape[0])
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


VARIANTS: dict[str, Callable[[GreyPicture], GreyPicture]] = {
    "as pictures": lambda image: image,
    "inverted": lambda image: 255 - image,
    "enlarged 4x": enlarged,
    "padded by 50 %": lambda image: np.pad(image, 14),
    "cropped to the ink": cropped,
    "cropped, enlarged, inverted": lambda image: 255 - enlarged(cropped(image)),
}
"""What may happen to an image of MNIST on its way to becoming a picture."""


def _labelled(files: Iterator[tuple[Path, int]]) -> Pictures:
    found = list(files)
    digits = np.array([digit for _, digit in found], np.int64)
    return Pictures([read_picture(path) for path, _ in found], digits)


def _drawn(face: Path, letter: str) -> GreyPicture:
    picture = Image.new("L", (LETTER_SIDE, LETTER_SIDE), 255)
    middle = (LETTER_SIDE / 2, LETTER_SIDE / 2)
    ImageDraw.Draw(picture).text(middle, letter, 0, ImageFont.truetype(face, 44), anchor="mm")
    return np.asarray(picture)
