"""Contracts that a dataset or an exporter of a plugin can break, and the words for each."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mnistkit.plugin_types import Dataset, Exporter

DATASET = Dataset("ten digits", ("0", "1"), "CC0", "digit", load=print)
EXPORTER = Exporter("a format", ".x", write=print, open=print)

DATASETS = {
    "a name that is no text": ({"class_names": ("0", 1)}, "class names of one character or more"),
    "an empty name": ({"class_names": ("0", "")}, "class names of one character or more"),
    "a name twice": ({"class_names": ("0", "0")}, "class names that differ"),
    "parts that are no text": ({"parts": (3,)}, "the names of its parts, received (3,)"),
    "an unknown preparation": ({"preparation": "sign"}, "received 'sign'"),
    "no split to test on": ({"splits": ("train",)}, "the splits train and test"),
    "a file that is a path": ({"files": ("a.gz",)}, "a RemoteFile for each of its files"),
    "a collection in no tuple": ({"collections": {"train": "MNIST"}}, "texts as its collections"),
}
EXPORTERS = {
    "a suffix of two": ({"suffix": ".tar.gz"}, "a suffix such as .onnx, received '.tar.gz'"),
    "no tolerance": ({"tolerance": 0.0}, "a tolerance above 0, received 0.0"),
    "a whole tolerance": ({"tolerance": 1}, "a tolerance above 0, received 1"),
    "no batch sizes": ({"batch_sizes": ()}, "batch sizes of 1 or more, received ()"),
    "an empty batch": ({"batch_sizes": (1, 0)}, "batch sizes of 1 or more, received (1, 0)"),
}


def test_what_keeps_its_contract_has_no_flaw():
    assert DATASET.flaw() is None
    assert replace(DATASET, class_names=(), splits=("test",)).flaw() is None
    assert EXPORTER.flaw() is None
    assert replace(EXPORTER, suffix="", batch_sizes=(1,)).flaw() is None


@pytest.mark.parametrize(("changes", "said"), DATASETS.values(), ids=DATASETS)
def test_a_dataset_says_what_is_wrong_with_it(changes, said):
    assert re.search(rf"^expected .*{re.escape(said)}", replace(DATASET, **changes).flaw())


@pytest.mark.parametrize(("changes", "said"), EXPORTERS.values(), ids=EXPORTERS)
def test_an_exporter_says_what_is_wrong_with_it(changes, said):
    assert replace(EXPORTER, **changes).flaw() == f"expected {said}"
