"""Measuring a model on a folder of labelled pictures, on the machines of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from mnistkit.core.arrays import ClassIndices, Images, Probabilities, Split
from mnistkit.core.models.classifier import BATCH_SIZE, Classifier
from mnistkit.core.preprocessing.decoding import read_picture
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.data.loading import LabelledImages, find_dataset
from mnistkit.datasets.folder_layout import Layout
from mnistkit.datasets.places import Place
from mnistkit.datasets.user_data import digests, is_for_test
from mnistkit.errors import DatasetError, PictureError, UsageError
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.prediction.on_ray.folder import AnswerFolder
from mnistkit.prediction.on_ray.shipping import Shipped
from mnistkit.prediction.on_ray.tables import Record, batches
from mnistkit.prediction.on_ray.tasks import Answering, prediction_schema
from mnistkit.prediction.opening import open_served
from mnistkit.prediction.records import Answers, Prediction, record_of
from mnistkit.prediction.sources import PictureFile

FAMILY = "folder:"


@dataclass(frozen=True)
class LabelledFolder:
    """The pictures of a split of `folder:PATH`, still to be read.

    Args:
        loaded: The split, without images.
        place: The folder as its name describes it.
        root: The folder with a sub-folder per class.
        by_content: Whether a picture's content decides its split.
        files: The pictures in the root.
    """

    loaded: LabelledImages
    place: Place
    root: Path
    by_content: bool
    files: tuple[str, ...]


def find_folder(name: str | None, split: Split) -> LabelledFolder:
    """Return the pictures of a dataset's split.

    Raises:
        UsageError: The dataset is not a folder of pictures, or has no such split.
        DatasetError: It is not a folder with one sub-folder per class.
    """
    if name is None or not name.startswith(FAMILY):
        raise UsageError(
            f"expected --dataset {FAMILY}PATH with --ray, received {name or 'none'}; a dataset of "
            "one file is measured without --ray"
        )
    name, dataset = find_dataset(name)
    if split not in dataset.splits:
        raise UsageError(
            f"expected a split that {name} has ({', '.join(dataset.splits)}), received {split}; "
            "choose one of these"
        )
    place = Place.parse(name.removeprefix(FAMILY))
    layout = Layout.of(Path(place.path))
    root = layout.splits.get(split, layout.path)
    files = tuple(str(file) for files in layout.pictures(root) for file in files)
    nothing = np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64)
    loaded = LabelledImages(name, dataset, split, *nothing)
    return LabelledFolder(loaded, place, root, not layout.splits, files)


@dataclass(frozen=True)
class Measure:
    """Answering for labelled pictures.

    Args:
        model: The exported model.
        root: The folder with a sub-folder per class.
        preparation: A key of `PREPARATIONS`.
        transposed: Whether rows and columns are exchanged.
        split: The split that a picture's content has to fall into; None for all pictures.
    """

    model: Shipped
    root: str
    preparation: str
    transposed: bool
    split: Split | None

    @classmethod
    def of(cls, found: LabelledFolder, model: Shipped) -> Measure:
        """Return the task for a folder."""
        preparation = found.place.preparation_for(found.loaded.dataset.class_names)
        split = found.loaded.split if found.by_content else None
        return cls(model, str(found.root), preparation, found.place.transposed, split)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the records."""
        return prediction_schema(labelled=True)

    def open(self) -> Answering:
        """Open the model for one core."""
        with self.model.unpacked() as path:
            return partial(self._answer, open_served(path, threads=1))

    def _answer(self, classifier: Classifier, files: Iterable[PictureFile]) -> Iterator[Record]:
        answers = Answers(classifier, labelled=True)
        for batch in batches(files, BATCH_SIZE):
            prepared = [self._prepared(file) for file in batch]
            chosen = [each for each in prepared if self._is_chosen(each.image)]
            images = [each.image for each in chosen if each.image is not None]
            rows = iter(classifier.predict(self._turned(np.stack(images))) if images else ())
            for each in chosen:
                row = None if each.image is None else next(rows)
                yield record_of(replace(each, probabilities=row), answers)

    def _prepared(self, file: PictureFile) -> Prediction:
        label = Path(file.name).relative_to(self.root).parts[0]
        try:
            image = PREPARATIONS[self.preparation](read_picture(file.locate()))
        except PictureError as error:
            return Prediction(file.name, error=str(error), true_label=label)
        return Prediction(file.name, image=image, true_label=label)

    def _turned(self, images: Images) -> Images:
        # After splitting, so that the split does not depend on transposing.
        return np.ascontiguousarray(images.transpose(0, 2, 1)) if self.transposed else images

    def _is_chosen(self, image: Images | None) -> bool:
        if self.split is None or image is None:
            return True
        (digest,) = digests(image[np.newaxis])
        return is_for_test(digest) == (self.split == "test")


def evaluation_of(folder: AnswerFolder, measured: LabelledImages) -> Evaluation:
    """Return the evaluation of the answers in a folder; pictures without ink are left out.

    Raises:
        DatasetError: There are none.
    """
    names = measured.dataset.class_names
    labels: list[ClassIndices] = []
    probabilities: list[Probabilities] = []
    for path in folder.files():
        columns = ["true_label", "probabilities"]
        table = parquet.read_table(path, columns=columns, filesystem=folder.system)
        table = table.filter(table["probabilities"].is_valid())
        indices = compute.index_in(table["true_label"], pa.array(names))
        labels.append(indices.to_numpy().astype(np.int64))
        rows = compute.list_flatten(table["probabilities"]).to_numpy()
        probabilities.append(rows.reshape(-1, len(names)).astype(np.float32))
    if not sum(map(len, labels)):
        raise DatasetError(
            f"{measured.name}: expected {measured.split} images, received none that can be read; "
            "add some"
        )
    return Evaluation(names, np.concatenate(probabilities), np.concatenate(labels))
