"""Kuzushiji-MNIST: ten characters of cursive Japanese.

The class names are the Hepburn romanization of the modern hiragana, which every terminal can
print: o お, ki き, su す, tsu つ, na な, ha は, ma ま, ya や, re れ, wo を.

Reference:
    T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha: Deep learning for
    classical Japanese literature. arXiv 1812.01718, 2018. The checksums of the published files
    are tensorflow/datasets' (`url_checksums/kmnist.txt`), those of the content
    datasets-mila/datasets--kmnist's.
"""

from __future__ import annotations

from mnistkit.datasets.idx_splits import named_as_mnist, read_from
from mnistkit.fetching.publication import Publication
from mnistkit.plugin_types import Dataset

PUBLICATION = Publication("kmnist", ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",))

SPLITS = named_as_mnist(
    PUBLICATION,
    train=(
        (
            "sha256:51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            "md5:92be26ec9822e900ac425d0a0aa84ced",
            18_165_135,
        ),
        (
            "sha256:e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            "md5:949e75301f8813e0dc5800dcc320fc52",
            29_497,
        ),
    ),
    test=(
        (
            "sha256:edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            "md5:bf305b8cd328700fbc17f5acbc2856d2",
            3_041_136,
        ),
        (
            "sha256:20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            "md5:9f55f451c0988b028eccdf7d5cc265ab",
            5_120,
        ),
    ),
)

DATASET = Dataset(
    summary="characters of cursive Japanese",
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    licence='CC BY-SA 4.0; "KMNIST Dataset" (created by CODH), adapted from "Kuzushiji Dataset" '
    "(created by NIJL and others), doi:10.20676/00000341",
    preparation="character",
    **read_from(SPLITS),
)
