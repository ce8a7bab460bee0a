"""EMNIST: handwritten digits and letters, three of its six parts.

All parts are in one archive. The letters' labels begin at 1, and upper and lower case are one
class; the balanced part tells them apart where they look different.

Reference:
    G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST: an extension of MNIST to handwritten
    letters. IJCNN 2017, arXiv 1702.05373. The checksum of the archive is torchvision's
    (`datasets/mnist.py`), its size tensorflow/datasets' (`url_checksums/emnist.txt`).
"""

from __future__ import annotations

from string import ascii_uppercase, digits

from mnistkit.core.arrays import Split
from mnistkit.datasets.idx_splits import IdxSplit, read_from
from mnistkit.datasets.mnist import nist_collections
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.plugin_types import Dataset

PUBLICATION = Publication(
    "emnist",
    (
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    ),
    direct=True,
)
ARCHIVE = RemoteFile(
    PUBLICATION, "gzip.zip", "md5:58c8d27c78d21e728a6bc7b3cc06412e", size=561_753_746
)

# As the published mapping has them: lower case only where it differs from upper case.
BALANCED_NAMES = tuple(digits + ascii_uppercase + "abdefghnqrt")


def _splits(
    part: str, classes: int, counts: dict[Split, int], first_label: int = 0
) -> dict[Split, IdxSplit]:
    def file(split: Split, kind: str) -> RemoteFile:
        name = f"emnist-{part}-{split}-{kind}-ubyte.gz"
        return RemoteFile(PUBLICATION, name, None, archive=ARCHIVE)

    return {
        split: IdxSplit(
            count,
            file(split, "images-idx3"),
            file(split, "labels-idx1"),
            classes,
            first_label,
            transposed=True,
        )
        for split, count in counts.items()
    }


def _dataset(
    part: str, summary: str, class_names: tuple[str, ...], splits: dict[Split, IdxSplit]
) -> Dataset:
    return Dataset(
        summary=summary,
        class_names=class_names,
        licence="no licence is stated, https://www.nist.gov/open/license is that of NIST Special "
        "Database 19; G. Cohen, S. Afshar, J. Tapson, A. van Schaik",
        preparation="character",
        collections=nist_collections(f"emnist-{part}"),
        **read_from(splits),
    )


DIGITS_SPLITS = _splits("digits", 10, {"train": 240_000, "test": 40_000})
LETTERS_SPLITS = _splits("letters", 26, {"train": 124_800, "test": 20_800}, first_label=1)
BALANCED_SPLITS = _splits("balanced", 47, {"train": 112_800, "test": 18_800})

DIGITS = _dataset("digits", "handwritten digits", tuple(digits), DIGITS_SPLITS)
LETTERS = _dataset(
    "letters",
    "handwritten letters, upper and lower case as one class",
    tuple(ascii_uppercase),
    LETTERS_SPLITS,
)
BALANCED = _dataset(
    "balanced",
    "handwritten digits and letters, equally many of each class",
    BALANCED_NAMES,
    BALANCED_SPLITS,
)
