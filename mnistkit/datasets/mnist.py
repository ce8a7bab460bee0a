"""MNIST, the full one.

Reference:
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to
    document recognition. Proceedings of the IEEE 86 (11), 1998.
"""

from __future__ import annotations

from mnistkit.contracts import ClassIndices, Dataset, Images, Split
from mnistkit.datasets import idx
from mnistkit.datasets.store import RemoteFile, Store

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

FILES: dict[Split, tuple[RemoteFile, RemoteFile]] = {
    "train": (
        RemoteFile(
            "train-images-idx3-ubyte.gz",
            md5="f68b3c2dcbeaaa9fbdd348bbdeb94873",
            sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz",
            md5="d53e105ee54ea40749a09fcbcd1e9432",
            sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
    ),
    "test": (
        RemoteFile(
            "t10k-images-idx3-ubyte.gz",
            md5="9fb629c4189551a2d022fa330f9573f3",
            sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz",
            md5="ec29112dd5afa0611ce80d1b7f02629c",
            sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
}


def load(split: Split, store: Store) -> tuple[Images, ClassIndices]:
    """Return 60,000 training or 10,000 test images with their class indices.

    The form is checked before the checksums, since its messages say more.
    """
    image_file, label_file = FILES[split]
    image_content = store.read("mnist", image_file, MIRRORS)
    label_content = store.read("mnist", label_file, MIRRORS)
    images = idx.read_images(image_content, image_file.name)
    class_indices = idx.read_labels(label_content, label_file.name)
    idx.check_counts(images, class_indices, f"mnist {split}")
    image_file.verify(image_content)
    label_file.verify(label_content)
    return images, class_indices


DATASET = Dataset(
    summary="60,000 training and 10,000 test images of handwritten digits",
    class_names=tuple("0123456789"),
    licence="CC BY-SA 3.0; Y. LeCun, C. Cortes, C. J. C. Burges",
    preparation="digit",
    load=load,
)
