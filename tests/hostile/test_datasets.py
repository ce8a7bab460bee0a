"""Bad datasets: every command that loads them answers or says in one line why not."""

from __future__ import annotations

import pytest
from bad_files.datasets import bad_archives, bad_arrays, bad_idx, bad_splits, bad_tables
from bad_files.running import write

pytestmark = pytest.mark.thorough

FAMILIES = ("csv", "npz", "npy", "folder")
SOME = pytest.param(20, id="some")
ALL = pytest.param(1, id="all", marks=pytest.mark.slow)
# A network learns in seconds, if there is anything to learn.
TRAINING = ("--architecture", "tiny", "--epochs", 1, "--limit", 64, "--no-export")


@pytest.fixture(scope="module")
def datasets(box):
    """The names of all bad datasets by their family."""
    files = {"csv": bad_tables(), "npz": bad_archives(), "npy": bad_arrays()}
    paths = {name: write(box.inside / name, contents) for name, contents in files.items()}
    (box.inside / "folder").mkdir()
    paths["folder"] = list(map(str, bad_splits(box.inside / "folder")))
    return {name: [f"{name}:{path}" for path in each] for name, each in paths.items()}


@pytest.mark.parametrize("each", [SOME, ALL])
@pytest.mark.parametrize("family", FAMILIES)
def test_images_of_every_dataset_are_predicted_or_refused(box, datasets, family, each):
    for name in datasets[family][::each]:
        box.run("predict", "--model", "bundled", "--dataset", name, "--index", 0).check_one_line()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_dataset_is_described_or_refused(box, datasets, family):
    for name in datasets[family][::3]:
        box.run("datasets", "show", name).check_one_line()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_models_are_evaluated_on_every_dataset_or_not(box, datasets, family):
    for name in datasets[family][::5]:
        box.run("evaluate", "--model", "bundled", "--dataset", name).check_one_line()


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_learns_what_a_dataset_has_or_nothing(box, datasets, family):
    for number, name in enumerate(datasets[family][::12]):
        folder = box.output / f"{family}-{number}"
        box.run("train", "--dataset", name, *TRAINING, "--output", folder).check_one_line()


@pytest.mark.slow
def test_a_data_folder_may_hold_anything(box):
    write(box.inside / "data", bad_idx())
    for folder in sorted((box.inside / "data").iterdir()):
        words = ("--dataset", "mnist", "--data-dir", folder)
        box.run("predict", "--model", "bundled", *words, "--index", 0).check_one_line()
        box.run("evaluate", "--model", "bundled", *words).check_one_line()
