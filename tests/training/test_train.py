"""Training into a run folder that survives an interrupt or a kill at any instant."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from importlib.metadata import version

import h5py
import numpy as np
import pytest
from agreement import is_accuracy
from asking import make_request
from full_disk import no_file_above
from networks import CNN_LAYERS
from PIL import Image

from mnistkit import plugins
from mnistkit.core import typed_json
from mnistkit.core.models import run_folder
from mnistkit.core.models.keras_classifier import layer_table
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.data.holdout import hold_out
from mnistkit.data.loading import load_split
from mnistkit.errors import (
    InterruptedRunError,
    ModelError,
    OutputError,
    OutputExistsError,
    UsageError,
    VerificationError,
)
from mnistkit.exporting.parity import ParityError
from mnistkit.fetching.store import Store
from mnistkit.training import train

EPOCHS = 3


def ask(output, **changes):
    asked = {
        "dataset": "mnist-sample",
        "limit": 96,
        "batch_size": 32,
        "epochs": EPOCHS,
        "validation": 0.25,
        "export": False,
    }
    return make_request(output=output, **(asked | changes))


class Watcher:
    """Notes what it is told and the status then on disk; interrupts where it shall.

    `interrupt` is an epoch and how many of its images are learned, or a stage.
    """

    def __init__(self, interrupt=None):
        self.interrupt = interrupt
        self.run = None
        self.announced = None
        self.rows = []
        self.stages = []
        self.statuses = []

    def begin(self, run, first_epoch, last_epoch):
        self.run = run
        self.announced = (first_epoch, last_epoch)

    def batch(self, epoch, progress):
        self._note((epoch, progress.images))

    def epoch(self, row):
        self.rows.append(row)
        shutil.copy(self.run / "model.keras", self.run.parent / f"after-{row.epoch}.keras")

    def stage(self, name):
        self.stages.append(name)
        self._note(name)

    def _note(self, moment):
        self.statuses.append(recorded(self.run)["status"])
        if moment == self.interrupt:
            raise KeyboardInterrupt


def begin(output, watcher=None, **changes):
    return train.begin(ask(output, **changes), Store(), watcher or Watcher())


def resume(run, watcher=None, last_epoch=None):
    return train.resume(run, last_epoch, Store(), watcher or Watcher())


def recorded(run):
    """The record on disk, read as every reader of JSON does: NaN is none."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads((run / "run.json").read_text(), parse_constant=refuse)


def arrays(path):
    """Every array in a `.keras` archive: weights, and what the optimizer remembers."""
    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(content) as file:
        file.visititems(keep)
    return found


def same(one, other):
    first, second = arrays(one), arrays(other)
    # Weights and bias of five layers; both moments of each, the step and the rate.
    assert len(first) == 10 + 20 + 2
    assert first.keys() == second.keys()
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def watcher():
    return Watcher()


@pytest.fixture(scope="module")
def whole(tmp_path_factory, watcher):
    """A run that nothing interrupted; beside it, its model as it was after each epoch."""
    return begin(tmp_path_factory.mktemp("whole") / "run", watcher).path


def stopped_like(whole, folder, rows, models):
    """A folder as a kill leaves it: so many rows in the record, a model of so many epochs."""
    folder.mkdir()
    record = recorded(whole)
    record |= {"status": "running", "metrics": None, "history": record["history"][:rows]}
    (folder / "run.json").write_text(json.dumps(record))
    if models:
        shutil.copy(whole.parent / f"after-{models}.keras", folder / "model.keras")
    return folder


def without_speed(history):
    return [
        {key: row[key] for key in row if not key.endswith(("seconds", "second"))} for row in history
    ]


def test_an_interrupted_run_ends_as_one_that_was_not(whole, tmp_path):
    run = tmp_path / "my run"
    with pytest.raises(InterruptedRunError, match="after 0 of 3 epochs"):
        begin(run, Watcher((1, 32)))
    assert recorded(run)["status"] == "interrupted"
    second = Watcher((3, 64))
    with pytest.raises(InterruptedRunError, match=r"after 2 of 3 .*--resume '.*/my run'") as told:
        resume(run, second)
    assert told.value.exit_code == 130
    assert second.announced == (1, 3)
    assert set(second.statuses) == {"running"}
    assert recorded(run)["status"] == "interrupted"
    third = Watcher()
    resume(run, third)
    assert third.announced == (3, 3)
    assert [row.epoch for row in third.rows] == [3]
    assert same(run / "model.keras", whole / "model.keras")
    assert recorded(run)["status"] == "finished"
    assert recorded(run)["metrics"] == recorded(whole)["metrics"]
    assert without_speed(recorded(run)["history"]) == without_speed(recorded(whole)["history"])


@pytest.mark.slow
def test_a_killed_process_s_run_ends_as_one_that_was_not(whole, tmp_path, clean_environment):
    run = tmp_path / "run"
    # More epochs than it will live for, so that it can't finish before it is killed.
    options = "train --dataset mnist-sample --limit 96 --batch-size 32 --validation 0.25"
    words = [*options.split(), "--epochs", "500", "--no-export", "--output", str(run)]
    with subprocess.Popen(
        [sys.executable, "-m", "mnistkit", *words],
        env=clean_environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until(lambda: epochs_recorded(run), process)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL
    assert epochs_recorded(run) < EPOCHS
    assert recorded(run)["status"] == "running"
    resume(run, last_epoch=EPOCHS)
    assert same(run / "model.keras", whole / "model.keras")
    assert recorded(run)["status"] == "finished"
    assert recorded(run)["settings"]["epochs"] == EPOCHS


@pytest.mark.slow
def test_a_run_that_few_images_gave_more_epochs_goes_on_with_as_many(tmp_path):
    # 300 images in 38 steps an epoch.
    asked = {"architecture": "fast", "limit": 400, "batch_size": 8, "epochs": None}
    whole = begin(tmp_path / "whole", **asked).path
    run = tmp_path / "run"
    with pytest.raises(InterruptedRunError, match="after 1 of 4 epochs"):
        begin(run, Watcher((2, 8)), **asked)
    watcher = Watcher()
    resume(run, watcher)
    assert watcher.announced == (2, 4)
    first, second = arrays(run / "model.keras"), arrays(whole / "model.keras")
    assert all(np.array_equal(first[name], second[name]) for name in second)
    assert recorded(run)["settings"] == recorded(whole)["settings"]


def epochs_recorded(run):
    return len(recorded(run)["history"]) if (run / "run.json").is_file() else 0


def wait_until(holds, process):
    deadline = time.monotonic() + 300
    while not holds():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "models"), [(1, 0), (2, 1)])
def test_a_kill_between_a_row_and_its_model_loses_nothing(whole, tmp_path, rows, models):
    run = stopped_like(whole, tmp_path / "run", rows, models)
    watcher = Watcher()
    resume(run, watcher)
    assert watcher.announced == (models + 1, EPOCHS)
    assert same(run / "model.keras", whole / "model.keras")
    assert [row["epoch"] for row in recorded(run)["history"]] == [1, 2, 3]


def test_a_run_that_only_has_to_be_measured_learns_no_more(whole, tmp_path):
    run = stopped_like(whole, tmp_path / "run", EPOCHS, EPOCHS)
    watcher = Watcher()
    resume(run, watcher)
    assert watcher.rows == []
    assert same(run / "model.keras", whole / "model.keras")
    assert recorded(run)["metrics"] == recorded(whole)["metrics"]
    assert (run / "history.csv").read_bytes() == (whole / "history.csv").read_bytes()


def test_more_epochs_after_the_end_equal_as_many_at_once(whole, tmp_path):
    run = begin(tmp_path / "run", epochs=1).path
    # The same seed, another process of learning: the same weights.
    assert same(run / "model.keras", whole.parent / "after-1.keras")
    (run / "model.onnx").write_bytes(b"of one epoch")
    resume(run, last_epoch=EPOCHS)
    assert same(run / "model.keras", whole / "model.keras")
    assert recorded(run)["metrics"] == recorded(whole)["metrics"]
    assert len((run / "history.csv").read_text().splitlines()) == 1 + EPOCHS
    assert not (run / "model.onnx").exists()


def test_what_a_kill_at_the_very_end_left_goes_with_a_resume(whole, tmp_path):
    run = shutil.copytree(whole, tmp_path / "run")
    before = files(run)
    (run / ".mnistkit-lock").touch()
    (run / ".mnistkit-tmp-0123456789abcdef.json").touch()
    assert resume(run).finished
    assert files(run) == before


def test_another_seed_gives_other_weights(whole, tmp_path):
    run = begin(tmp_path / "run", epochs=1, seed=1).path
    assert not same(run / "model.keras", whole.parent / "after-1.keras")


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("last_epoch", [None, EPOCHS])
def test_a_finished_run_is_left_as_it_is(whole, last_epoch):
    before = files(whole)
    assert resume(whole, last_epoch=last_epoch).finished
    assert files(whole) == before


@pytest.fixture
def stopped(whole, tmp_path):
    """A run that was killed after two of three epochs."""
    return stopped_like(whole, tmp_path / "run", 2, 2)


@pytest.mark.parametrize(
    ("change", "last_epoch", "error", "said"),
    [
        ({"settings": {"schedule": "cosine"}}, 5, UsageError, "cosine schedule"),
        ({"settings": {"schedule": "cosine"}}, 2, UsageError, "cosine schedule"),
        ({"settings": {}}, 1, UsageError, "at least the 2 epochs"),
        ({"dataset": {"sha256": "0" * 64}}, None, VerificationError, "SHA-256 0000"),
    ],
    ids=["cosine, more", "cosine, fewer", "fewer than done", "other data"],
)
def test_a_resume_that_is_refused_changes_nothing(stopped, change, last_epoch, error, said):
    record = recorded(stopped)
    for part, values in change.items():
        record[part] |= values
    (stopped / "run.json").write_text(json.dumps(record))
    before = files(stopped)
    with pytest.raises(error, match=said):
        resume(stopped, last_epoch=last_epoch)
    assert files(stopped) == before


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"architecture": "cnn", "dataset": "mnist-sample"}},
        {"settings": {"architecture": "cnn", "dataset": "mnist-sample", "colour": "red"}},
        {"history": None},
    ],
    ids=["settings lack most", "an unknown setting", "no history"],
)
def test_a_record_that_can_not_be_gone_on_from_is_refused(stopped, change):
    (stopped / "run.json").write_text(json.dumps(recorded(stopped) | change))
    with pytest.raises(ModelError, match=r"run\.json"):
        resume(stopped)


def test_a_disk_that_fills_up_costs_no_epoch_that_was_done(whole, tmp_path):
    run = stopped_like(whole, tmp_path / "run", 1, 1)
    with (
        no_file_above(1_000_000),
        pytest.raises(OutputError, match=r"model\.keras could not be written") as told,
    ):
        resume(run)
    assert told.value.exit_code == 1
    assert sorted(files(run)) == ["model.keras", "run.json"]
    resume(run)
    assert same(run / "model.keras", whole / "model.keras")


def test_a_folder_that_holds_something_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="--resume"):
        begin(tmp_path, dataset="mnist-smaple")
    assert files(tmp_path) == {"notes.txt": b"mine"}


def test_a_request_that_is_refused_leaves_no_folder(tmp_path):
    with pytest.raises(UsageError, match="--limit"):
        begin(tmp_path / "run", limit=1)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_holds_what_a_run_is(whole, trained_run):
    expected = {"model.keras", "run.json", "history.csv", "curves.png"}
    assert set(files(whole)) == expected
    assert set(files(trained_run.path)) == expected | {"model.onnx"}
    with Image.open(whole / "curves.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert min(picture.size) >= 300


def test_the_record_tells_all_that_decided_the_run(whole, watcher):
    record = recorded(whole)
    assert record["settings"] == {
        "architecture": "cnn",
        "dataset": "mnist-sample",
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 0.001,
        "dropout": 0.5,
        "schedule": "constant",
        "augmentation": "none",
        "validation": 0.25,
        "limit": 96,
        "seed": 0,
        "export": False,
        "optimizer": "adam",
        "momentum": 0.9,
        "weight_decay": 0.0,
        "ema": 0.0,
        "label_smoothing": 0.0,
        "options": {"filters": 32, "units": 128},
        "init": None,
    }
    dataset = record["dataset"]
    assert dataset["sha256"] == load_split("mnist-sample", "train", Store()).checksum()
    assert dataset["class_names"] == list("0123456789")
    assert (dataset["training_images"], dataset["validation_images"]) == (72, 24)
    assert record["packages"]["mnistkit"] == version("mnistkit")
    assert record["packages"]["tensorflow"] == version("tensorflow")
    assert record["packages"]["keras"] == version("keras")
    assert record["history"] == [typed_json.to_json(row) for row in watcher.rows]
    assert set(watcher.statuses) == {"running"}
    assert record["status"] == "finished"
    assert watcher.announced == (1, 3)
    assert watcher.stages == ["measuring"]
    # The network has no layer for one.
    assert record["metrics"]["temperature"] is None


def test_the_table_has_the_record_s_history(whole):
    history = recorded(whole)["history"]
    with (whole / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [list(row) for row in rows] == [list(row) for row in history]
    assert [list(map(float, row.values())) for row in rows] == [list(r.values()) for r in history]
    measures = {"loss", "accuracy", "validation_loss", "validation_accuracy"}
    assert measures | {"epoch", "seconds", "images_per_second"} == set(rows[0])


def test_a_run_without_validation_has_no_figures_of_it(tmp_path):
    run = begin(tmp_path / "run", epochs=1, validation=0.0).path
    record = recorded(run)
    assert record["dataset"]["training_images"] == 96
    assert "validation" not in record["metrics"]
    assert "validation" not in (run / "history.csv").read_text()
    assert not [key for key in record["history"][0] if key.startswith("validation")]


def test_the_metrics_are_what_keras_itself_measures(trained_run, sample):
    keras = import_keras()
    model = keras.saving.load_model(trained_run.model)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    parts = hold_out(load_split("mnist-sample", "train", Store()), 1500, 0.1, seed=0)
    metrics = recorded(trained_run.path)["metrics"]
    for name, part in {
        "train": parts.train,
        "validation": parts.validation,
        "test": sample,
    }.items():
        loss, accuracy = model.evaluate(part.images, part.class_indices, verbose=0)
        probabilities = model.predict(part.images, verbose=0)
        assert metrics[name]["count"] == len(part.images)
        for share in (metrics[name]["accuracy"], accuracy):
            assert is_accuracy(share, probabilities, part.class_indices)
        assert metrics[name]["nll"] == pytest.approx(loss, rel=1e-4)
    first = metrics["first_test_image"]
    predicted = str(probabilities[0].argmax())
    assert first == {"label": str(sample.class_indices[0]), "predicted": predicted}
    last = recorded(trained_run.path)["history"][-1]
    assert last["validation_accuracy"] == metrics["validation"]["accuracy"]
    assert last["validation_loss"] == metrics["validation"]["nll"]


def test_the_exported_model_agrees_with_the_trained_one(trained_run, classifier, sample):
    model = import_keras().saving.load_model(trained_run.model)
    expected = model.predict(sample.images, verbose=0)
    received = classifier.predict(sample.images)
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-5)
    assert (received.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert classifier.card.accuracy == recorded(trained_run.path)["metrics"]["test"]["accuracy"]


def test_the_model_is_of_keras_s_own_parts_only(whole):
    modules = []

    def visit(value):
        if isinstance(value, dict):
            modules.append(value.get("module"))
            assert value.get("class_name") != "Lambda"
            value = list(value.values())
        if isinstance(value, list):
            for inner in value:
                visit(inner)

    with zipfile.ZipFile(whole / "model.keras") as archive:
        visit(json.loads(archive.read("config.json")))
    assert {str(module).split(".")[0] for module in modules if module} <= {"keras", "builtins"}


@pytest.fixture(scope="module")
def diverged(tmp_path_factory, listener):
    """A run whose weights are NaN, and what was said of it."""
    run = tmp_path_factory.mktemp("diverged") / "run"
    with pytest.raises(ParityError) as told:
        begin(run, listener, epochs=1, learning_rate=1e30, export=True)
    return run, told.value


def test_a_run_whose_export_is_not_equal_is_finished_but_not_exported(diverged):
    run, error = diverged
    assert error.exit_code == 4
    assert f"{run / 'model.onnx'} was not written" in str(error)
    assert set(files(run)) == {"model.keras", "run.json", "history.csv", "curves.png"}
    assert run_folder.read(run).finished


def test_the_record_of_a_network_that_comes_to_no_numbers_is_still_json(diverged):
    run, _ = diverged
    assert recorded(run)["history"][0]["loss"] is None
    assert 0 <= recorded(run)["metrics"]["test"]["accuracy"] <= 1


@pytest.mark.slow
def test_a_run_that_was_interrupted_while_exporting_is_exported_on_resume(whole, tmp_path):
    run = stopped_like(whole, tmp_path / "run", EPOCHS, EPOCHS)
    record = recorded(run)
    record["settings"]["export"] = True
    (run / "run.json").write_text(json.dumps(record))
    with pytest.raises((KeyboardInterrupt, InterruptedRunError)) as told:
        resume(run, Watcher("exporting"))
    assert not (run / "model.onnx").exists()
    resume(run)
    assert (run / "model.onnx").is_file()
    assert recorded(run)["status"] == "finished"
    assert same(run / "model.keras", whole / "model.keras")
    assert isinstance(told.value, InterruptedRunError)


@pytest.fixture(scope="module")
def cnn():
    import_keras()
    return plugins.load("architecture", "cnn")


@pytest.fixture(scope="module")
def network(cnn):
    return cnn.build(10, 0.5)


def test_the_cnn_is_the_network_that_was_asked_for(network):
    rows = [(row.type, row.output_shape, row.parameters) for row in layer_table(network)]
    assert rows == CNN_LAYERS
    assert network.count_params() == 684_490
    assert network.input_shape == (None, 28, 28)
    assert network.inputs[0].dtype == "uint8"
    convolutions = [layer for layer in network.layers if type(layer).__name__ == "Conv2D"]
    *hidden, last = [layer for layer in network.layers if type(layer).__name__ == "Dense"]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert {layer.activation.__name__ for layer in (*convolutions, *hidden)} == {"relu"}
    assert last.activation.__name__ == "softmax"


def test_the_cnn_s_recipe_is_the_one_that_was_asked_for(cnn):
    recipe = cnn.recipe
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate) == (5, 32, 1e-3)
    assert (recipe.dropout, recipe.schedule) == (0.5, "constant")


def test_the_cnn_prepares_pixels_as_tensorflow_does(network, sample):
    import tensorflow as tf

    first = next(layer for layer in network.layers if type(layer).__name__ == "Conv2D")
    prepare = import_keras().Model(network.input, first.input)
    images = sample.images[:20]
    grey = tf.image.resize(images[..., np.newaxis] / np.float32(255), (64, 64))
    expected = tf.image.grayscale_to_rgb(grey).numpy()
    received = prepare(images).numpy()
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-6)
