"""`folder:PATH`: pictures in a folder with one sub-folder a class."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnistkit.contracts import ClassIndices, Dataset, DatasetFamily, Images, Split
from mnistkit.core.classifier import named
from mnistkit.core.pictures import SUFFIXES, read_picture, walk_pictures
from mnistkit.core.preprocessing import PREPARATIONS
from mnistkit.datasets import own
from mnistkit.datasets.own import Labelled, Place
from mnistkit.errors import DatasetError, PictureError, reason_of

logger = logging.getLogger(__name__)

SPLITS: tuple[Split, Split] = ("train", "test")
# Seconds between two lines that say how far the pictures are prepared.
REPORT_INTERVAL = 10.0
MOST_NAMED = 5


@dataclass(frozen=True)
class _Folder:
    """A folder of pictures.

    Args:
        path: With a folder a class, or with `train` and `test`, which have these.
        class_names: Naturally sorted.
        preparation: A key of `PREPARATIONS`.
        divided: Whether it has `train` and `test`.
    """

    path: Path
    class_names: tuple[str, ...]
    preparation: str
    divided: bool

    def splits(self) -> dict[Split, Labelled]:
        """Return the images of both splits, mixed by what they show."""
        if self.divided:
            return {split: self._prepare(self.path / split) for split in SPLITS}
        return own.divide(*self._prepare(self.path))

    def _prepare(self, folder: Path) -> Labelled:
        """Read and prepare every picture below a folder."""
        files, class_indices = self._files(folder)
        images: list[Images] = []
        failures: list[str] = []
        kept: list[int] = []
        reported = time.monotonic()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for position, image in enumerate(pool.map(self._try, files)):
                if isinstance(image, str):
                    failures.append(f"{files[position]}: {image}")
                else:
                    images.append(image)
                    kept.append(position)
                if time.monotonic() - reported > REPORT_INTERVAL:
                    reported = time.monotonic()
                    logger.info("prepared %s of %s pictures", f"{position:,}", f"{len(files):,}")
        _report(failures, f"{folder}: %s of {len(files):,} pictures are left out")
        if not images:
            return np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64)
        stacked = np.stack(images)
        order = np.argsort(own.digests(stacked), kind="stable")
        return stacked[order], class_indices[kept][order]

    def _try(self, file: Path) -> Images | str:
        """The image of a picture, or why there is none."""
        try:
            image = PREPARATIONS[self.preparation](read_picture(file))
        except PictureError as error:
            return str(error)
        return "nothing to see in it" if image is None else image

    def _files(self, folder: Path) -> tuple[list[Path], ClassIndices]:
        """The pictures of every class, in the order of their names."""
        files: list[Path] = []
        counts = []
        for name in self.class_names:
            # The test split need not have every class.
            found = list(_pictures(folder / name)) if (folder / name).exists() else []
            files += found
            counts.append(len(found))
        strangers = [str(path) for path in _files_below(folder) if not _is_picture(path)]
        _report(strangers, f"{folder}: %s files have no picture's suffix, and are left out")
        return files, np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:]PATH`.

    Raises:
        DatasetError: It is no such folder.
    """
    place = Place.parse(text)
    path = Path(place.path)
    names = _class_names(path)
    divided = set(SPLITS) <= set(names)
    if divided:
        names = _class_names(path / "train")
        new = set(_class_names(path / "test")) - set(names)
        if new:
            raise DatasetError(
                f"{path / 'test'}: expected the classes of {path / 'train'}, also "
                f"received {named(own.naturally_sorted(new))}; remove them, or add them to train"
            )
    preparation = place.preparation_for(names)
    return Dataset(
        summary=f"the pictures below {path}",
        class_names=names,
        licence=own.LICENCE,
        preparation=preparation,
        load=own.loader(str(path), names, _Folder(path, names, preparation, divided).splits),
    )


def _class_names(folder: Path) -> tuple[str, ...]:
    """The names of the folders in a folder, naturally sorted; hidden ones are left out."""
    try:
        names = [
            entry.name
            for entry in folder.iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        ]
    except OSError as error:
        raise DatasetError(
            f"{folder}: {reason_of(error, folder=True)}; name a folder with one sub-folder a class"
        ) from error
    if not names:
        raise DatasetError(
            f"{folder}: expected one sub-folder a class, received none; sort the pictures into "
            "a folder for each class, named after it"
        )
    return own.naturally_sorted(names)


def _pictures(folder: Path) -> Iterator[Path]:
    """The pictures below a folder that are not hidden."""
    for found in walk_pictures(folder):
        if isinstance(found, OSError):
            raise DatasetError(
                f"{found.filename}: {reason_of(found, folder=True)}; change its rights, or "
                "remove it"
            ) from found
        if not _is_hidden(found, folder):
            yield found


def _files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder that are not hidden."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _report(items: Sequence[str], message: str) -> None:
    """Warn of what is left out, the first ones by name."""
    for item in items[:MOST_NAMED]:
        logger.warning("%s", item)
    if items:
        logger.warning(message, f"{len(items):,}")


FAMILY = DatasetFamily(
    summary="pictures of your own, in one sub-folder a class",
    parameter="PATH",
    resolve=own.resolve,
    make=make,
)
