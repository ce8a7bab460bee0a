"""MNIST: 70,000 handwritten digits.

Reference:
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to
    document recognition. Proceedings of the IEEE 86 (11), 1998.
"""

from __future__ import annotations

from mnistkit.core.arrays import Split
from mnistkit.datasets.idx_splits import named_as_mnist, read_from
from mnistkit.fetching.publication import Publication
from mnistkit.plugin_types import Dataset

SOURCE = "NIST Special Database 19"
"""The collection of MNIST, whose Special Databases 1 and 3 are part of it, and of EMNIST."""

PUBLICATION = Publication(
    "mnist",
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    direct=True,
)

SPLITS = named_as_mnist(
    PUBLICATION,
    train=(
        (
            "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            9_912_422,
        ),
        (
            "md5:d53e105ee54ea40749a09fcbcd1e9432",
            "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            28_881,
        ),
    ),
    test=(
        (
            "md5:9fb629c4189551a2d022fa330f9573f3",
            "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            1_648_877,
        ),
        (
            "md5:ec29112dd5afa0611ce80d1b7f02629c",
            "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            4_542,
        ),
    ),
)


def nist_collection(name: str, split: Split) -> str:
    """Return the path of a split of a dataset that took its images from the NIST."""
    return f"{SOURCE} > {name}/{split}"


def nist_collections(name: str) -> dict[Split, tuple[str, ...]]:
    """Return the collections of both splits of such a dataset."""
    splits: tuple[Split, ...] = ("train", "test")
    return {split: (nist_collection(name, split),) for split in splits}


DATASET = Dataset(
    summary="handwritten digits",
    class_names=tuple("0123456789"),
    licence="CC BY-SA 3.0; Y. LeCun, C. Cortes, C. J. C. Burges",
    preparation="digit",
    collections=nist_collections("mnist"),
    **read_from(SPLITS),
)
