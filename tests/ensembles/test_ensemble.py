"""Several runs averaged into one, which is a run like any other."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from agreement import is_accuracy
from full_disk import no_file_above
from sklearn.metrics import log_loss

from mnistkit.core.models import choice, keras_classifier, run_folder, tensorflow
from mnistkit.core.models.record import FirstImage
from mnistkit.data.holdout import hold_out
from mnistkit.data.loading import load_split
from mnistkit.ensembles import ensemble
from mnistkit.ensembles.ensemble import EnsembleRequest
from mnistkit.errors import (
    InterruptedRunError,
    ModelError,
    OutputError,
    OutputExistsError,
    UsageError,
)
from mnistkit.exporting import parity
from mnistkit.exporting.parity import ParityError
from mnistkit.fetching.store import Store
from mnistkit.prediction import opening
from mnistkit.training import train as training

pytestmark = pytest.mark.thorough


def silent(_stage):
    """A listener that does not listen."""


def make(*members, output, tell=silent, **asked):
    return ensemble.make(
        EnsembleRequest(tuple(map(str, members)), output=output, **asked), Store(), tell
    )


def changed(run, target, **changes):
    """A copy of a run whose record says something else."""
    shutil.copytree(run, target)
    record = json.loads((target / "run.json").read_text())
    for part, values in changes.items():
        record[part] = record[part] | values if isinstance(values, dict) else values
    (target / "run.json").write_text(json.dumps(record))
    return target


@pytest.fixture(scope="module")
def keras():
    return tensorflow.import_keras()


@pytest.fixture(scope="module")
def perceptron(keras, trained_run, tmp_path_factory):
    """Make a run of one small layer, learned from some images of the sample."""
    train = load_split("mnist-sample", "train", Store())

    def learned(seed, spoil=lambda _model: None):
        keras.utils.set_random_seed(seed)
        image = keras.Input((28, 28), dtype="uint8")
        x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
        x = keras.layers.Dense(10, activation="softmax", name="probabilities")(x)
        network = keras.Model(image, x, name="perceptron")
        network.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        network.fit(train.images[:600], train.class_indices[:600], epochs=2, verbose=0)
        spoil(network)
        record = trained_run.record
        record = replace(record, settings=replace(record.settings, architecture="perceptron"))
        run = run_folder.Run(tmp_path_factory.mktemp("members") / f"seed {seed}", record)
        run.path.mkdir()
        network.save(run.model)
        run.save()
        return run.path

    return learned


@pytest.fixture(scope="module")
def first(perceptron):
    return perceptron(1)


@pytest.fixture(scope="module")
def second(perceptron):
    return perceptron(2)


@pytest.fixture(scope="module", autouse=True)
def _short_proofs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "PROOF_IMAGES", 50)
        yield


@pytest.fixture(scope="module")
def whole(first, second, tmp_path_factory):
    """An ensemble of two networks of the same layers' names, and a deep one."""
    output = tmp_path_factory.mktemp("ensembles") / "whole"
    return make(first, second, "bundled", output=output)


@pytest.fixture(scope="module")
def small(first, second, tmp_path_factory):
    """An ensemble of two runs, without export."""
    return make(first, second, output=tmp_path_factory.mktemp("small") / "run", export=False)


@pytest.fixture(scope="module")
def expected(keras, first, second, sample):
    """The mean of what three models answer when they are asked one by one."""
    files = [folder / "model.keras" for folder in (first, second, choice.BUNDLED_RUN)]
    models = [keras.saving.load_model(file) for file in files]
    return np.mean([one.predict(sample.images, verbose=0) for one in models], axis=0)


def test_it_answers_the_mean_of_its_members_probabilities(keras, whole, expected, sample):
    loaded = keras.saving.load_model(whole.model)
    # Its members were compiled; no optimizer of theirs comes along.
    assert not any(getattr(part, "compiled", False) for part in (loaded, *loaded.layers))
    np.testing.assert_allclose(loaded.predict(sample.images, verbose=0), expected, atol=2e-6)
    served = opening.open_served(whole.path)
    np.testing.assert_allclose(served.predict(sample.images), expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(opening.load(whole.model).card.layers, served.card.layers)


def test_it_is_measured_on_the_test_images(whole, expected, sample):
    measured = whole.record.metrics
    right = sample.class_indices
    assert measured.test.count == 1000
    assert is_accuracy(measured.test.accuracy, expected, right)
    assert measured.test.nll == pytest.approx(log_loss(right, expected), rel=1e-4)
    assert measured.first_test_image == FirstImage(str(right[0]), str(expected[0].argmax()))
    assert whole.card().accuracy == measured.test.accuracy


def test_the_record_tells_what_it_was_made_of(whole, first, second):
    assert sorted(path.name for path in whole.path.iterdir()) == [
        "model.keras",
        "model.onnx",
        "run.json",
    ]
    record = run_folder.read(whole.path).record.to_json()
    assert record["status"] == "finished"
    assert record["settings"] == {
        "architecture": "ensemble",
        "dataset": "mnist-sample",
        "export": True,
    }
    quoted = f"'{first}' '{second}' bundled"
    assert record["command"] == f"mnistkit ensemble {quoted} --dataset mnist-sample"
    assert [member["run"] for member in record["members"]] == [str(first), str(second), "bundled"]
    for member, folder in zip(record["members"], (first, second, choice.BUNDLED_RUN), strict=True):
        card = run_folder.read(folder).card()
        checksum = hashlib.sha256((folder / "model.keras").read_bytes()).hexdigest()
        assert member["sha256"] == checksum
        described = (member["architecture"], member["dataset"], member["accuracy"])
        assert described == (card.architecture, card.dataset, card.accuracy)
    train = load_split("mnist-sample", "train", Store())
    assert record["dataset"] == {
        "class_names": list("0123456789"),
        "preparation": "digit",
        "sha256": train.checksum(),
    }
    rows = [(row["name"], row["type"], row["parameters"]) for row in record["layers"]]
    assert rows == [
        ("perceptron_1", "Functional", 7_850),
        ("perceptron_2", "Functional", 7_850),
        ("vgg_3", "Functional", 289_066),
        ("probabilities", "Average", 0),
    ]
    assert record["packages"].keys() >= {"mnistkit", "tensorflow", "keras"}
    assert record["history"] == []


def test_members_that_learned_the_test_images_are_named(whole, first, second, tmp_path, caplog):
    # The sample is drawn from what the bundled model learned.
    assert [member.saw_test_images for member in whole.record.members] == [False, False, True]
    (mnist,) = run_folder.read(choice.BUNDLED_RUN).record.learned_from
    other = changed(second, tmp_path / "other", learned_from=["usps/train", mnist])
    seen = make(first, other, output=tmp_path / "seen", export=False)
    (warned,) = caplog.messages
    assert warned.startswith(f"{other} was trained on the test images of mnist-sample")
    assert seen.card().learned_from == (f"{mnist} > mnist-sample/train", "usps/train", mnist)
    caplog.clear()
    make(seen.path, second, output=tmp_path / "nested", export=False)
    (warned,) = caplog.messages
    assert warned.startswith(f"{seen.path} was trained on")
    caplog.clear()
    make(first, second, output=tmp_path / "unseen", export=False)
    assert caplog.messages == []


def test_images_that_all_members_held_out_validate(small, keras, first, second):
    parts = hold_out(load_split("mnist-sample", "train", Store()), 1500, 0.1, seed=0)
    models = [keras.saving.load_model(folder / "model.keras") for folder in (first, second)]
    images = parts.validation.images
    answers = np.mean([one.predict(images, verbose=0) for one in models], axis=0)
    measured = small.record.metrics.validation
    assert measured.count == 150
    assert is_accuracy(measured.accuracy, answers, parts.validation.class_indices)


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"seed": 7}},
        {"settings": {"limit": 1400}},
        {"dataset": {"sha256": "0" * 64}},
        {"validation_learned": True},
    ],
    ids=str,
)
def test_nothing_validates_members_that_held_out_different_images(first, second, tmp_path, changes):
    other = changed(second, tmp_path / "other", **changes)
    run = make(first, other, output=tmp_path / "run", export=False)
    assert (run.record.metrics.train, run.record.metrics.validation) == (None, None)


def test_an_ensemble_can_be_a_member(keras, small, first, tmp_path, sample):
    run = make(small.path, first, output=tmp_path / "run", export=False)
    single, averaged = (
        keras.saving.load_model(path / "model.keras") for path in (first, small.path)
    )
    parts = [one.predict(sample.images, verbose=0) for one in (averaged, single)]
    answered = keras_classifier.open_classifier(run.model).predict(sample.images)
    np.testing.assert_allclose(answered, np.mean(parts, axis=0), atol=2e-6)
    assert [row.name for row in run.record.layers] == [
        "ensemble_1",
        "perceptron_2",
        "probabilities",
    ]


def test_a_training_of_another_dataset_can_be_a_member(first, second, tmp_path):
    other = changed(second, tmp_path / "other", settings={"dataset": "usps"})
    run = make(first, other, output=tmp_path / "run", export=False)
    assert [member.dataset for member in run.record.members] == ["mnist-sample", "usps"]
    assert run.card().dataset == "mnist-sample"
    # The first member's dataset is not here, but another one can be asked for.
    turned = make(other, first, output=tmp_path / "2", dataset="mnist-sample", export=False)
    assert turned.card().dataset == "mnist-sample"
    np.testing.assert_allclose(turned.card().accuracy, run.card().accuracy)


LETTERS = list("abcdefghij")
MANY = list(map(str, range(1000)))


@pytest.fixture
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": {"class_names": LETTERS}}, "other with a, b, c, d, e, f, g, h, i, j"),
        ({"dataset": {"class_names": MANY}}, r"other with 0, 1, .* 11 and 988 more"),
        ({"dataset": {"class_names": ["0", "1"]}}, "other with 0, 1; leave one"),
        ({"dataset": {"preparation": "object"}}, "other for 'object'"),
        ({"status": "interrupted"}, "other, which is interrupted; .*train --resume other"),
        ({"updated": 3}, r"other/run\.json: .*damaged"),
    ],
    ids=["letters", "many", "two", "objects", "interrupted", "damaged"],
)
def test_members_that_do_not_go_together_are_refused(first, second, inside, changes, said):
    changed(second, inside / "other", **changes)
    with pytest.raises((ModelError, UsageError), match=said):
        make(first, "other", output=inside / "run")
    assert [path.name for path in inside.iterdir()] == ["other"]


@pytest.mark.parametrize("same", ["first", "a copy"])
def test_the_same_model_twice_is_refused(first, second, tmp_path, same):
    name = first if same == "first" else shutil.copytree(first, tmp_path / "copy")
    with pytest.raises(UsageError, match="the same model") as told:
        make(first, second, name, output=tmp_path / "run")
    assert str(name) in str(told.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent", r"a run folder with a run\.json, received absent"),
        ("model.keras", r"a run folder with a run\.json, received model\.keras"),
        ("emptied", r"emptied, which is without model\.keras"),
        ("broken", "damaged"),
        ("bundled twice", "received 1; name each run"),
    ],
)
def test_what_is_no_member_is_refused_and_nothing_is_left(first, inside, name, said):
    shutil.copy(first / "model.keras", "model.keras")
    (changed(first, inside / "emptied") / "model.keras").unlink()
    (changed(first, inside / "broken") / "model.keras").write_bytes(b"PK")
    members = [first] if name == "bundled twice" else [first, name]
    with pytest.raises((ModelError, UsageError), match=said):
        make(*members, output=inside / "run")
    assert not (inside / "run").exists()


def test_a_dataset_of_other_classes_can_not_measure_it(first, second, tmp_path):
    members = [
        changed(run, tmp_path / run.name, dataset={"class_names": LETTERS})
        for run in (first, second)
    ]
    with pytest.raises(UsageError, match="received one with a, b, c"):
        make(*members, output=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_something_is_refused_before_anything_is_opened(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="--output"):
        make("absent", "absent, too", output=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("moment", ["measuring", "exporting"])
def test_ctrl_c_leaves_nothing(first, second, tmp_path, moment, prepared):
    def interrupt(stage):
        if stage == moment:
            raise KeyboardInterrupt

    output = tmp_path / "run"
    if prepared:
        output.mkdir()
    with pytest.raises(InterruptedRunError, match="nothing of it was kept") as told:
        make(first, second, output=output, tell=interrupt)
    assert told.value.exit_code == 130
    assert output.exists() is prepared
    assert list(tmp_path.rglob("*.*")) == []


def test_the_folder_appears_as_a_whole_so_that_a_kill_leaves_none(first, second, tmp_path):
    output, seen = tmp_path / "run", {}
    # A training that was killed before its first epoch left this.
    output.mkdir()
    (output / ".mnistkit-lock").touch()
    make(first, second, output=output, tell=lambda stage: seen.update({stage: files(output)}))
    assert seen["exporting"] == []
    assert files(output) == ["model.keras", "model.onnx", "run.json"]
    assert files(tmp_path) == ["run"]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk_leaves_nothing(first, second, tmp_path):
    with (
        no_file_above(20_000),
        pytest.raises(OutputError, match=r"model\.keras could not be written"),
    ):
        make(first, second, output=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_its_proof_leaves_a_finished_run(first, perceptron, tmp_path):
    def spoil(network):
        network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])

    with pytest.raises(ParityError, match="was not written"):
        make(first, perceptron(3, spoil), output=tmp_path / "run")
    run = run_folder.read(tmp_path / "run")
    assert run.finished
    assert run.record.to_json()["metrics"]["test"]["nll"] is None
    assert sorted(path.name for path in run.path.iterdir()) == ["model.keras", "run.json"]


def test_there_is_nothing_to_resume(small, listener):
    before = {path.name: path.read_bytes() for path in small.path.iterdir()}
    with pytest.raises(UsageError, match="an ensemble, which has no epochs to go on with"):
        training.resume(small.path, None, Store(), listener)
    assert {path.name: path.read_bytes() for path in small.path.iterdir()} == before


@pytest.mark.parametrize(
    "changes", [{"command": None}, {"members": [{}]}, {"members": [3]}, {"members": None}], ids=str
)
def test_a_damaged_record_of_an_ensemble_is_refused(small, tmp_path, changes):
    damaged = changed(small.path, tmp_path / "damaged", **changes)
    with pytest.raises(ModelError, match="received a damaged one"):
        run_folder.read(damaged)
