"""How a model does on handwriting of others, and what it makes of what is no digit.

    python tests/benchmarks/generalisation.py MODEL --data-dir DIR [--json FILE]

DIR has MNIST's files in `mnist/`, and beside it `usps/zip.test.gz` (the data page of Hastie,
Tibshirani and Friedman's The Elements of Statistical Learning), `nsysu/` (SageLabTW/auto-grading)
and `hwd-1000/` (niklashenning/hwd-1000-dataset). Fashion-MNIST and the fonts come from Debian's
packages, see `other_sets`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import other_sets
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.choice import choose
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

COVERAGE = 0.99
EVEN = 0.1


def main() -> None:
    """Measure, print and perhaps write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    classifier = open_served(choose(arguments.model).path)
    test = load_split("mnist", "test", Store(arguments.data_dir))
    measured = {
        "accuracy": accuracies(classifier, test, arguments.data_dir),
        "confidence": confidences(classifier, test),
    }
    for title, values in measured.items():
        print(title)
        for name, value in values.items():
            print(f"  {name:<64} {value:.4f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(measured, indent=2) + "\n")


def accuracies(classifier: Classifier, test: LabelledImages, folder: Path) -> dict[str, float]:
    """On MNIST's test images, as they are and as pictures, and on other handwriting."""
    found = {"MNIST test": _evaluation(classifier, test).accuracy}
    for name, changed in other_sets.VARIANTS.items():
        pictures = [changed(image) for image in test.images]
        found[f"MNIST test, {name}"] = _accuracy(classifier, pictures, test.class_indices)
    for name, read in (
        ("NSYSU, scanned exam papers", other_sets.nsysu),
        ("USPS test, scanned envelopes", other_sets.usps),
        ("HwD-1000, drawn on a screen", other_sets.hwd),
    ):
        others = read(folder)
        found[name] = _accuracy(classifier, others.pictures, others.digits)
    return found


def confidences(classifier: Classifier, test: LabelledImages) -> dict[str, float]:
    """How far confidence can be believed, on digits and on what is none."""
    evaluation = _evaluation(classifier, test)
    digits = evaluation.probabilities.max(axis=1)
    clothes = other_sets.fashion()
    surest = np.argsort(-digits, kind="stable")[: round(COVERAGE * len(digits))]
    return {
        "expected calibration error, MNIST test": evaluation.ece,
        "area under ROC, MNIST test against Fashion-MNIST images": _auroc(
            digits, classifier.predict(clothes).max(axis=1)
        ),
        "area under ROC, against Fashion-MNIST as pictures": _auroc(
            digits, _answers(classifier, clothes).max(axis=1)
        ),
        "area under ROC, against printed letters as pictures": _auroc(
            digits, _answers(classifier, other_sets.letters()).max(axis=1)
        ),
        "accuracy on the surest 99 % of MNIST test": float(
            (evaluation.predicted == evaluation.class_indices)[surest].mean()
        ),
    }


def _evaluation(classifier: Classifier, test: LabelledImages) -> Evaluation:
    rows = classifier.predict(test.images)
    return Evaluation(classifier.class_names, rows, test.class_indices)


def _accuracy(
    classifier: Classifier, pictures: Sequence[GreyPicture], digits: NDArray[np.int64]
) -> float:
    """Share of right labels; a picture in which no ink is found counts as wrong."""
    rows = _answers(classifier, pictures)
    return float(((rows.argmax(axis=1) == digits) & (rows.max(axis=1) > EVEN)).mean())


def _answers(classifier: Classifier, pictures: Iterable[GreyPicture]) -> Probabilities:
    """Return the probabilities of pictures, all the same where there is no ink."""
    prepared = [classifier.prepare(picture) for picture in pictures]
    images: Images = np.stack([image for image in prepared if image is not None])
    rows = np.full((len(prepared), len(classifier.class_names)), EVEN, np.float32)
    rows[[image is not None for image in prepared]] = classifier.predict(images)
    return rows


def _auroc(digits: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    truth = np.repeat([1, 0], [len(digits), len(others)])
    return float(roc_auc_score(truth, np.concatenate([digits, others])))


if __name__ == "__main__":
    main()
