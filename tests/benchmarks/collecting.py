"""Whether a model gets better by the digits that came back to its server.

    python tests/benchmarks/collecting.py DRAWN OUTPUT [--data-dir DIR] [OPTIONS OF TRAIN]

DRAWN is a folder of pictures with `labels.csv` (file, label), all of one hand. Every other picture
is sent to `mnistkit serve --collect` with its label, as the page does when a button is
pressed; the bundled model is fine-tuned on MNIST and what was collected, and both are compared on
the other half. MNIST's validation images that neither training has seen say what it costs.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from served import serving

from mnistkit.core.models.choice import choose
from mnistkit.data.holdout import DEFAULT_SHARE, Partition, hold_out
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

HALVES = ("train", "test")


def main() -> None:
    """Print the two comparisons."""
    parser = argparse.ArgumentParser()
    parser.add_argument("drawn", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data-dir", type=Path)
    arguments, words = parser.parse_known_args()
    halves, collected = arguments.output / "halves", arguments.output / "collected"
    run = arguments.output / "run"
    divide(arguments.drawn, halves)
    collect(halves / "train", collected)
    complete(halves / "train")
    dataset = f"mix:mnist+folder:{collected}"
    data = ["--data-dir", arguments.data_dir] if arguments.data_dir else []
    mnistkit("train", "--init", "bundled", "--dataset", dataset, "--output", run, *data, *words)
    unseen = arguments.output / "unseen.npz"
    write_unseen(unseen, dataset, Store(arguments.data_dir))
    for measured in (f"folder:{halves}", f"npz:{unseen}"):
        mnistkit("evaluate", "--model", "bundled", "--compare", run, "--dataset", measured)


def mnistkit(*words: object) -> None:
    """Run a command."""
    print("$ mnistkit", *words, flush=True)
    subprocess.run([sys.executable, "-m", "mnistkit", *map(str, words)], check=True)


def divide(drawn: Path, halves: Path) -> None:
    """Copy the pictures into a folder dataset: in turn one to learn and one to test."""
    bundled = open_served(choose("bundled").path)
    with (drawn / "labels.csv").open(newline="") as file:
        rows = sorted((row["label"], row["file"]) for row in csv.DictReader(file))
    images: set[bytes | None] = set()
    for label, name in rows:
        image = bundled.prepare(drawn / name)
        content = None if image is None else image.tobytes()
        # A picture that is there twice would be learned and tested.
        if content not in images:
            folder = halves / HALVES[len(images) % len(HALVES)] / label
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(drawn / name, folder)
        images.add(content)


def collect(half: Path, collected: Path) -> None:
    """Send the pictures of a half to a server with their labels."""
    with serving("--model", "bundled", "--collect", collected) as server:
        for picture in sorted(half.glob("*/*")):
            texts = {"label": picture.parent.name}
            reply = server.send("/collect", {picture.name: picture.read_bytes()}, texts)
            assert reply.status == 200, reply.body
        print(f"collected {reply.json['collected']} pictures")


def complete(half: Path) -> None:
    """Add an image of each class without pictures: a dataset that is measured has all classes."""
    sample = load_split("mnist-sample", "train", Store())
    for image, index in zip(sample.images, sample.class_indices, strict=True):
        folder = half / sample.dataset.class_names[index]
        if not folder.exists():
            folder.mkdir()
            Image.fromarray(image).save(folder / "sample.png")


def write_unseen(path: Path, dataset: str, store: Store) -> None:
    """Write the images of MNIST that were held out of both trainings."""
    one, second = (partition_of(name, store) for name in ("mnist", dataset))
    known = {image.tobytes() for image in second.validation.images}
    first, others = one.validation, one.train
    kept = [index for index, image in enumerate(first.images) if image.tobytes() in known]
    images, labels = first.images[kept], first.class_indices[kept]
    # An archive has training images, too, which nothing measures.
    some = slice(1000)
    np.savez(
        path,
        x_train=others.images[some],
        y_train=others.class_indices[some],
        x_test=images,
        y_test=labels,
    )


def partition_of(name: str, store: Store) -> Partition:
    """Return the training and the validation set of a training with the usual share and seed."""
    return hold_out(load_split(name, "train", store), None, DEFAULT_SHARE, 0)


if __name__ == "__main__":
    main()
