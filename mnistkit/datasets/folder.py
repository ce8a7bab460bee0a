"""`folder:PATH`: pictures in a folder with one sub-folder per class."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnistkit.core.arrays import Images, Split
from mnistkit.core.class_names import named
from mnistkit.core.cores import usable_cores
from mnistkit.core.preprocessing.decoding import read_picture
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.datasets import places, user_data
from mnistkit.datasets.folder_layout import Layout
from mnistkit.datasets.places import Place
from mnistkit.datasets.user_data import Labelled
from mnistkit.errors import PictureError
from mnistkit.plugin_types import Dataset, DatasetFamily

logger = logging.getLogger(__name__)

# Seconds between two lines of progress.
REPORT_INTERVAL = 10.0
MOST_NAMED = 5


@dataclass(frozen=True)
class _Folder:
    """A folder of pictures and their preparation, a key of `PREPARATIONS`."""

    layout: Layout
    preparation: str

    def splits(self) -> dict[Split, Labelled]:
        """Return the images of every split, shuffled by their content."""
        folders = list(self.layout.splits.values()) or [self.layout.path]
        pictures = [self.layout.pictures(folder) for folder in folders]
        taken = {file for classes in pictures for files in classes for file in files}
        left_out = self.layout.left_out(taken)
        if left_out:
            path, count = self.layout.path, f"{len(left_out):,}"
            logger.warning("%s: files and folders left out (%s): %s", path, count, named(left_out))
        logger.info("%s: pictures are prepared as %ss", self.layout.path.name, self.preparation)
        prepared = [self._prepare(*of_one) for of_one in zip(folders, pictures, strict=True)]
        if self.layout.splits:
            return dict(zip(self.layout.splits, prepared, strict=True))
        return user_data.split_by_content(*prepared[0])

    def _prepare(self, folder: Path, classes: Sequence[Sequence[Path]]) -> Labelled:
        """Return the images of the pictures of every class."""
        files = [file for of_one in classes for file in of_one]
        class_indices = np.repeat(np.arange(len(classes), dtype=np.int64), list(map(len, classes)))
        images: list[Images] = []
        failures: list[str] = []
        kept: list[int] = []
        reported = time.monotonic()
        with ThreadPoolExecutor(usable_cores()) as pool:
            for position, image in enumerate(pool.map(self._try, files)):
                if isinstance(image, str):
                    failures.append(f"{files[position]}: {image}")
                else:
                    images.append(image)
                    kept.append(position)
                if time.monotonic() - reported > REPORT_INTERVAL:
                    reported = time.monotonic()
                    logger.info("prepared %s of %s pictures", f"{position:,}", f"{len(files):,}")
        for failure in failures[:MOST_NAMED]:
            logger.warning("%s", failure)
        if failures:
            counts = f"{len(failures):,} of {len(files):,}"
            logger.warning("%s: %s pictures are left out", folder, counts)
        if not images:
            return np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64)
        stacked = np.stack(images)
        order = np.argsort(user_data.digests(stacked), kind="stable")
        return stacked[order], class_indices[kept][order]

    def _try(self, file: Path) -> Images | str:
        """Return the image of a picture, or the reason why there is none."""
        try:
            image = PREPARATIONS[self.preparation](read_picture(file))
        except PictureError as error:
            return str(error)
        return "the picture is blank" if image is None else image


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:][transposed:]PATH`.

    Raises:
        DatasetError: It is not a folder with one sub-folder per class.
    """
    place = Place.parse(text)
    layout = Layout.of(Path(place.path))
    folder = _Folder(layout, place.preparation_for(layout.class_names))
    divided = {"splits": tuple(layout.splits)} if layout.splits else {}
    dataset = user_data.labelled(place, layout.class_names, folder.splits, **divided)
    return replace(dataset, summary=f"the pictures below {place.path}")


FAMILY = DatasetFamily(
    summary="pictures of your own, in one sub-folder per class",
    parameter="PATH",
    resolve=places.resolve,
    make=make,
)
