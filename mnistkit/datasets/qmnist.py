"""QMNIST: MNIST reconstructed from its source, with all 60,000 test images.

Its training images are MNIST's in the same order, with small differences in the pixels. The first
10,000 test images are MNIST's, the other 50,000 were not part of MNIST; `evaluate --limit 10000`
measures on the first 10,000 only.

Reference:
    C. Yadav, L. Bottou: Cold case: the lost MNIST digits. NeurIPS 2019, arXiv 1905.10498. The
    checksums are torchvision's (`datasets/mnist.py`), the sizes datasets-mila/datasets--qmnist's.
"""

from __future__ import annotations

from mnistkit.core.arrays import Split
from mnistkit.datasets import idx
from mnistkit.datasets.idx_splits import IdxSplit, read_from
from mnistkit.datasets.mnist import nist_collections
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.plugin_types import Dataset

PUBLICATION = Publication(
    "qmnist",
    ("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    direct=True,
)


def _split(split: Split, images: tuple[str, int], labels: tuple[str, int]) -> IdxSplit:
    """Return a split, of the checksums and sizes of its files."""
    return IdxSplit(
        60_000,
        RemoteFile(PUBLICATION, f"qmnist-{split}-images-idx3-ubyte.gz", images[0], size=images[1]),
        RemoteFile(PUBLICATION, f"qmnist-{split}-labels-idx2-int.gz", labels[0], size=labels[1]),
        read_labels=idx.read_extended_labels,
    )


SPLITS: dict[Split, IdxSplit] = {
    "train": _split(
        "train",
        ("md5:ed72d4157d28c017586c42bc6afe6370", 9_704_059),
        ("md5:0058f8dd561b90ffdd0f734c6a30e5e4", 463_024),
    ),
    "test": _split(
        "test",
        ("md5:1394631089c404de565df7b7aeaf9412", 9_742_279),
        ("md5:5b5b05890a5e13444e108efe57b788aa", 526_800),
    ),
}

DATASET = Dataset(
    summary="MNIST reconstructed, with six times as many test images",
    class_names=tuple("0123456789"),
    licence="BSD 3-Clause; Facebook, Inc. (C. Yadav, L. Bottou)",
    preparation="digit",
    # Nearly the same training images; its test images are in no other split of MNIST.
    collections=nist_collections("mnist"),
    **read_from(SPLITS),
)
