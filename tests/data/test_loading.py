"""Loading datasets by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import onnx
import pytest

from mnistkit.data.loading import load_split
from mnistkit.datasets import mnist
from mnistkit.errors import PluginError
from mnistkit.evaluation.measuring import Candidate, load
from mnistkit.fetching.store import Store

# Each breaks the contract in one way, in the order of what it returns.
FAMILY = """
import numpy as np
from mnistkit.contracts import Dataset, DatasetFamily

def make(text):
    count = int(text)
    def load(split, store):
        return np.zeros((count, 28, 28), np.uint8), np.arange(count, dtype=np.int64) % 2
    return Dataset(f"{count} black images", ("a", "b"), "none", "digit", load)

FAMILY = DatasetFamily("black images", "COUNT", lambda text: str(int(text)), make)
"""
FAMILY_PROGRAM = """
import json
from mnistkit.data.loading import load_splits
from mnistkit.evaluation.measuring import Candidate, load
from mnistkit.fetching.store import Store

parts = load_splits("black:007", ("train", "test"), Store())
print(json.dumps([[part.name, len(part.images)] for part in parts]))
"""

BREACHES = {
    "float-images": "np.zeros((3, 28, 28)), np.zeros(3, np.int64)",
    "larger-images": "np.zeros((3, 56, 56), np.uint8), np.zeros(3, np.int64)",
    "flat-images": "np.zeros((3, 784), np.uint8), np.zeros(3, np.int64)",
    "narrow-labels": "np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)",
    "one-hot-labels": "np.zeros((3, 28, 28), np.uint8), np.zeros((3, 2), np.int64)",
    "too-few-labels": "np.zeros((3, 28, 28), np.uint8), np.zeros(2, np.int64)",
    "label-too-high": "np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 2])",
    "negative-label": "np.zeros((3, 28, 28), np.uint8), np.array([0, 1, -1])",
    "no-images": "np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)",
    "lists": "[[[0] * 28] * 28], [0]",
    "nothing": "None",
    "an-exception": "{}['images']",
    "labels-of-none": "np.zeros((3, 28, 28), np.uint8), np.full(3, -1)",
}
# Each states of itself what is not so.
STATEMENTS = {
    "a-list-of-names": '["a", "b"], "none", "digit"',
    "numbers-for-names": '(0, 1), "none", "digit"',
    "an-empty-name": '("a", ""), "none", "digit"',
    "a-name-twice": '("a", "a"), "none", "digit"',
    "a-long-name": '("a", "b" * 256), "none", "digit"',
    "no-names": '(), "none", "digit"',
    "an-unknown-preparation": '("a", "b"), "none", "letter"',
    "one-split": '("a", "b"), "none", "digit", splits=("train",)',
    "a-number-for-a-licence": '("a", "b"), 7, "digit"',
    "a-text-for-collections": '("a", "b"), "none", "digit", collections="nist"',
    "a-text-for-parts": '("a", "b"), "none", "digit", parts="ab"',
    "numbers-for-parts": '("a", "b"), "none", "digit", parts=(0, 1)',
    "a-list-of-counts": '("a", "b"), "none", "digit", counts=[7, 7]',
    "texts-for-files": '("a", "b"), "none", "digit", files=("train.gz",)',
}
PLUGIN = """
import numpy as np
from mnistkit.contracts import Dataset, DatasetFamily

def dataset(load):
    return Dataset("broken", ("a", "b"), "none", "digit", load)

"""
WHOLE = (
    "WHOLE = dataset(lambda split, store: (np.zeros((3, 28, 28), np.uint8), np.array([0, 1, 1])))"
)
BROKEN = [*BREACHES, *STATEMENTS]
WAYS = {
    "alone": "",
    "in a mix": "mix:whole+",
    "of a family": "family:",
    "of a family in a mix": "mix:whole+family:",
}
PROGRAM = """
import json, sys
from mnistkit.data.loading import load_split
from mnistkit.evaluation.measuring import Candidate, load
from mnistkit.fetching.store import Store

answers = {}
for name in sys.argv[1:]:
    try:
        load_split(name, "test", Store())
    except Exception as error:
        answers[name] = [getattr(error, "exit_code", type(error).__name__), str(error)]
print(json.dumps(answers))
"""


def install(site, name, entries, code):
    """Lay a distribution with one module into a folder, for processes that are told of it."""
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("\n".join(["[mnistkit.datasets]", *entries]) + "\n")
    (site / f"{name}.py").write_text(code)


def run(site, program, *words):
    """What a program prints as JSON where that folder is installed."""
    answered = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(answered.stdout)


def test_a_family_of_another_package_is_made_by_the_text_behind_the_colon(tmp_path):
    install(tmp_path, "black_images", ["black = black_images:FAMILY"], FAMILY)
    assert run(tmp_path, FAMILY_PROGRAM) == [["black:7", 7], ["black:7", 7]]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory):
    """What is said of each breach, by a plugin that is installed for one process."""
    site = tmp_path_factory.mktemp("site")
    entries, code = [], [PLUGIN]
    returned = [f"dataset(lambda split, store: ({what}))" for what in BREACHES.values()]
    stated = [f'Dataset("broken", {what}, load=None)' for what in STATEMENTS.values()]
    for number, (name, made) in enumerate(zip(BROKEN, returned + stated, strict=True)):
        entries.append(f"{name} = broken_digits:DATASET_{number}")
        code.append(f"DATASET_{number} = {made}")
    entries.append("whole = broken_digits:WHOLE")
    code.append(WHOLE)
    entries.append("family = broken_digits:FAMILY")
    made = ", ".join(f'"{name}": DATASET_{number}' for number, name in enumerate(BROKEN))
    code.append(f"FAMILY = DatasetFamily('s', 'NAME', str, {{{made}}}.get)")
    install(site, "broken_digits", entries, "\n".join(code) + "\n")
    return run(site, PROGRAM, *(f"{way}{name}" for way in WAYS.values() for name in BROKEN))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_plugin_that_breaks_its_contract_is_refused(refusals, name, way):
    exit_code, message = refusals[f"{WAYS[way]}{name}"]
    assert exit_code == 3
    assert name in message or "dataset 'family' of broken_digits" in message
    assert "whole" not in message
    assert "\n" not in message
    advice = {
        "no-names": "with `mnistkit predict",
        "a-long-name": "choose another dataset, or rename or regroup its classes",
        "an-exception": "repair or uninstall that package",
    }
    assert advice.get(name, "its plugin has to be repaired") in message


def test_only_the_default_falls_back_to_the_sample(trained_run, mnistkit, tmp_path):
    model = onnx.load(trained_run.exported)
    card = json.loads(model.metadata_props[0].value)
    card |= {"dataset": "mnist", "learned_from": mnist.DATASET.collections["train"]}
    onnx.helper.set_model_props(model, {"mnistkit": json.dumps(card)})
    onnx.save(model, tmp_path / "model.onnx")
    words = ["evaluate", "--model", "model.onnx", "--limit", 20, "--format", "json"]
    with ThreadPoolExecutor(2) as pool:
        fallen_back = pool.submit(mnistkit, *words)
        named = pool.submit(mnistkit, *words, "--dataset", "mnist")
    fallen_back, named = fallen_back.result(), named.result()
    assert fallen_back.returncode == 0
    assert json.loads(fallen_back.stdout)["dataset"] == "mnist-sample"
    assert "using the bundled sample" in fallen_back.stderr
    for mirror in mnist.PUBLICATION.mirrors:
        assert mirror.split("/")[2] in fallen_back.stderr
    assert "was trained on mnist" in fallen_back.stderr
    assert named.returncode == 3
    assert named.stdout == ""
    assert "bundled sample" not in named.stderr
    assert len(named.stderr.splitlines()) == 1


def test_a_wrong_name_is_answered_with_the_nearest_ones():
    with pytest.raises(PluginError, match="mnist-sample"):
        load_split("mnist-smaple", "test", Store())


def test_a_model_is_measured_on_its_own_dataset_unless_another_is_named(classifier):
    model = Candidate(classifier, "model.onnx", "from --model")
    assert load([model], None, "test", Store(), None).name == "mnist-sample"
    elsewhere = replace(model, run=replace(classifier.card, dataset="mnist"))
    assert load([elsewhere], "mnist-sample", "test", Store(), None).name == "mnist-sample"


@pytest.mark.parametrize("name", ["digits", "digits.csv", "digits.npz"])
def test_a_path_for_a_name_is_answered_with_what_it_would_be_called(tmp_path, name):
    path = tmp_path / name
    path.mkdir()
    kind = {"": "folder", ".csv": "csv", ".npz": "npz"}[path.suffix]
    with pytest.raises(PluginError, match=f"did you mean {kind}:{path}"):
        load_split(str(path), "test", Store())


def test_a_name_longer_than_any_file_has_is_no_dataset():
    with pytest.raises(PluginError, match="no dataset"):
        load_split("x" * 300, "test", Store())


def test_the_checksum_depends_on_pixels_labels_and_order(sample):
    turned = replace(
        sample, images=sample.images[::-1].copy(), class_indices=sample.class_indices[::-1].copy()
    )
    relabelled = replace(sample, class_indices=sample.class_indices[::-1].copy())
    checksums = {part.checksum() for part in (sample, turned, relabelled)}
    assert len(checksums) == 3
    assert replace(sample, images=sample.images.copy()).checksum() == sample.checksum()
