"""Typefaces: characters as outlines, and as strokes along their middle."""

from __future__ import annotations

import hashlib
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.marks import Shape
from mnistkit.reading.learning.skeletons import Points, skeleton, smoothed

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

ENDINGS = (".ttf", ".otf")
# The characters that a typeface needs to have, besides accents.
NEEDED = string.ascii_letters + string.digits + ".,:;?!()[]'\"-+*/=%&@#$"
# Name parts of faces of symbols and of pieces of formulas.
UNFIT = (
    "symbol",
    "dingbat",
    "lastresort",
    "stixsiz",
    "stixnonuni",
    "femkeklaver",
    "linbiolinum_k",
    "cmex",
    "cmsy",
    "cmmi",
    "d050",
)
# Name parts of faces that imitate handwriting.
HANDWRITTEN = (
    "hand", "script", "brush", "pencil", "comic", "humor", "breip", "dkg", "rufscript", "ecolier",
    "delphine", "z003", "caveat", "kalam", "indieflower", "shadowsinto", "gochi", "schoolbell",
)  # fmt: skip
# Pixels per em of outlines, and per height of a capital when they are thinned.
EM, THINNED = 100, 64
POINTS_PER_INCH = 72
# FreeType's advances are in 1/65536 of a pixel.
FIXED_POINT = 65536
# About one in so many families is for validation.
HELD_OUT = 5


@dataclass
class Typeface:
    """A typeface's characters as outlines and strokes, which are cached.

    Args:
        path: The file.
    """

    path: Path
    _outlines: dict[str, Shape] = field(default_factory=dict)
    _strokes: dict[str, Shape] = field(default_factory=dict)

    def outline(self, character: str) -> Shape:
        """Return a printed character; the height of a capital H is 1."""
        if character not in self._outlines:
            self._outlines[character] = _read_outline(self.path, character)
        return self._outlines[character]

    def strokes(self, character: str) -> Shape:
        """Return a character as strokes along the middle of its outline."""
        if character not in self._strokes:
            self._strokes[character] = _as_strokes(self.outline(character))
        return self._strokes[character]


@dataclass(frozen=True)
class Typefaces:
    """Typefaces for print and for handwritten letters.

    Args:
        printed: At least one.
        handwritten: At least one.
    """

    printed: tuple[Typeface, ...]
    handwritten: tuple[Typeface, ...]


def find_typefaces(folders: Sequence[Path] = (), *, held_out: bool = False) -> Typefaces:
    """Find the typefaces in folders and among Matplotlib's own.

    Args:
        folders: Searched with all that is below them, for TrueType and OpenType files.
        held_out: Whether to return those for validation, not those for training.
    """
    files = [path for folder in (*folders, _matplotlib_fonts()) for path in _files(folder)]
    # By name: their paths differ from machine to machine, and some are there twice.
    named = sorted({path.stem: path for path in files}.items())
    fit = [path for name, path in named if is_held_out(name) == held_out and _is_latin(path)]
    hands = [path for path in fit if _imitates_hand(path)]
    printed = [path for path in fit if path not in hands]
    return Typefaces(
        tuple(Typeface(path) for path in printed),
        tuple(Typeface(path) for path in hands or printed),
    )


def is_held_out(name: str) -> bool:
    """Return whether a typeface is for validation; all weights of a family are."""
    family = name.lower()[:5]
    return hashlib.sha256(family.encode()).digest()[0] % HELD_OUT == 0


def _matplotlib_fonts() -> Path:
    import matplotlib as mpl

    return Path(mpl.get_data_path(), "fonts", "ttf")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS]


def _imitates_hand(path: Path) -> bool:
    return any(part in path.stem.lower() for part in HANDWRITTEN)


def _is_latin(path: Path) -> bool:
    """Return whether a file has what texts are made of, and digits of different shapes."""
    from matplotlib.ft2font import FT2Font

    if any(part in path.stem.lower() for part in UNFIT):
        return False
    try:
        font = FT2Font(str(path))
        if not all(font.get_char_index(ord(character)) for character in NEEDED):
            return False
        shapes = [_read_outline(path, character) for character in "0123456789"]
    except (RuntimeError, OSError, ValueError):
        return False
    return len({np.concatenate(shape.parts).tobytes() for shape in shapes}) == len(shapes)


@cache
def _capital_height(path: Path) -> float:
    points = np.concatenate(_flatten(*_path_of(path, "H")[0]))
    return float(np.ptp(points[:, 1]))


def _path_of(
    path: Path, character: str
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int8]], float]:
    """Return a character's path, points and codes, y up, and its advance; an em is `EM`."""
    from matplotlib.ft2font import LoadFlags

    font = _font(path)
    if font.get_char_index(ord(character)):
        glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
        outline = font.get_path()
        if len(outline[0]):
            return outline, glyph.linearHoriAdvance / FIXED_POINT
    # An accent that the typeface lacks, or that is empty in it, is left out.
    plain = unicodedata.normalize("NFD", character)[0]
    glyph = font.load_char(ord(plain), flags=LoadFlags.NO_HINTING)
    return font.get_path(), glyph.linearHoriAdvance / FIXED_POINT


@cache
def _font(path: Path) -> FT2Font:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(path))
    font.set_size(EM, POINTS_PER_INCH)
    return font


def _read_outline(path: Path, character: str) -> Shape:
    (vertices, codes), advance = _path_of(path, character)
    if not len(vertices):
        raise ValueError(f"{path.name}: expected an outline of {character!r}, received none")
    height = _capital_height(path)
    parts = tuple(part * (1 / height, -1 / height) for part in _flatten(vertices, codes))
    return Shape(parts, filled=True, advance=advance / height)


def _flatten(vertices: NDArray[np.float64], codes: NDArray[np.int8]) -> list[Points]:
    """Return the closed outlines of a path as polygons."""
    from matplotlib.path import Path as Outline

    polygons = Outline(vertices, codes).to_polygons()
    return [np.asarray(polygon, dtype=np.float64) for polygon in polygons]


def _as_strokes(outline: Shape) -> Shape:
    points = np.concatenate(outline.parts)
    low = points.min(axis=0) - 0.1
    size = np.ceil((np.ptp(points, axis=0) + 0.2) * THINNED).astype(int)
    ink = np.zeros((int(size[1]), int(size[0])), np.uint8)
    cv2.fillPoly(
        ink, [np.rint((part - low) * THINNED).astype(np.int32) for part in outline.parts], 1
    )
    paths = [smoothed(path, 2.5) / THINNED + low for path in skeleton(ink > 0)]
    middle = points.mean(axis=0)
    dot = np.array([middle, middle + 0.02])
    parts = tuple(path for path in paths if len(path) > 1) or (dot,)
    return Shape(parts, filled=False, advance=outline.advance)
