"""Fashion-MNIST: clothes, shoes and bags.

Reference:
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms. arXiv 1708.07747, 2017. The checksums of the published files
    are those of https://github.com/zalandoresearch/fashion-mnist.
"""

from __future__ import annotations

from pathlib import Path

from mnistkit.datasets.idx_splits import named_as_mnist, read_from
from mnistkit.fetching.publication import Publication
from mnistkit.plugin_types import Dataset

PUBLICATION = Publication(
    "fashion-mnist",
    (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        # Serves no HTTPS.
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    # Debian's package dataset-fashion-mnist.
    installed=Path("/usr/share/datasets/fashion-mnist"),
)

SPLITS = named_as_mnist(
    PUBLICATION,
    train=(
        (
            "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            26_421_880,
        ),
        (
            "md5:25c81989df183df01b3e8a0aad5dffbe",
            "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            29_515,
        ),
    ),
    test=(
        (
            "md5:bef4ecab320f06d8554ea6380940ec79",
            "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            4_422_102,
        ),
        (
            "md5:bb300cfdad3c16e7a12a480ee83cd310",
            "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            5_148,
        ),
    ),
)

DATASET = Dataset(
    summary="clothes, shoes and bags",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    licence="MIT; Zalando SE",
    preparation="object",
    **read_from(SPLITS),
)
