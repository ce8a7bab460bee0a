"""Models made elsewhere: what is found out about them, and what the run answers."""

from __future__ import annotations

import json
import math

import h5py
import numpy as np
import pytest
from foreign import fitted, floats, network, save_as_keras_2
from scipy.special import softmax

from mnistkit.core.models import keras_file, run_folder, tensorflow
from mnistkit.core.models.pixel_form import FACTORS, PixelForm
from mnistkit.core.models.record import ImportRecord
from mnistkit.core.models.run_listing import list_runs
from mnistkit.data.loading import load_split
from mnistkit.errors import ModelError, UsageError, VerificationError
from mnistkit.exporting import parity
from mnistkit.fetching.store import Store
from mnistkit.importing import run as importing
from mnistkit.importing.form import in_form
from mnistkit.importing.network import Layout, network_of
from mnistkit.importing.source import ImportRequest
from mnistkit.importing.trial import Asked
from mnistkit.prediction.opening import load

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("offline")]


@pytest.fixture(scope="module")
def train():
    return load_split("mnist-sample", "train", Store())


@pytest.fixture
def imported(tmp_path):
    """Import a model that was saved, without an export."""

    def call(model, name="own.keras", **asked):
        path = tmp_path / name
        if not path.exists():
            save_as_keras_2(model, path) if name == "old.h5" else model.save(path)
        request = ImportRequest(path, output=tmp_path / "run", **{"export": False, **asked})
        return importing.import_model(request, Store(), lambda _stage: None)

    return call


def answers(run, images):
    return load(run.path).predict(images)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "made",
    [
        ((28, 28), "0-1", "bright", "softmax", "own.keras"),
        ((28, 28, 1), "0-255", "bright", None, "own.h5"),
        ((784,), "-1-1", "dark", "softmax", "own.keras"),
        ((28, 28, 1), "0-1", "dark", None, "old.h5"),
    ],
)
def test_a_run_answers_as_the_original(imported, train, sample, made):
    shape, pixels, ink, activation, name = made
    images = floats(train.images, pixels, ink)
    model = fitted(network(shape, activation), images, train.class_indices)
    rows = model.predict(floats(sample.images, pixels, ink).reshape(-1, *shape), verbose=0)
    expected = softmax(rows, axis=1) if activation is None else rows
    run = imported(model, name)
    facts = run.record.imported
    assert (facts.pixels.range, facts.pixels.ink, facts.pixels.fit) == (pixels, ink, "none")
    assert facts.output == ("logits" if activation is None else "probabilities")
    assert facts.input_shape == shape
    received = answers(run, sample.images)
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-5)
    assert (received.argmax(axis=1) == sample.class_indices).mean() > 0.8


def test_a_network_that_is_right_on_every_image_of_the_trial_keeps_its_range(imported, train):
    few = train.images[:500], train.class_indices[:500]
    model = fitted(network(), floats(few[0]), few[1], epochs=60)
    run = imported(model)
    tried = {(each.form.range, each.form.ink): each for each in run.record.imported.trial.forms}
    # Both are right everywhere, and pixels of 255 times the range look surer.
    assert tried["0-1", "bright"].accuracy == 1
    assert tried["0-255", "bright"].nll < tried["0-1", "bright"].nll
    assert run.record.imported.pixels == PixelForm("0-1", "bright", "none")


def test_a_network_that_overflows_on_pixels_of_another_range_is_imported(imported, train):
    keras = tensorflow.import_keras()
    model = network(first=[keras.layers.Activation("exponential")])
    run = imported(fitted(model, floats(train.images), train.class_indices, epochs=1))
    measured = {(each.form.range, each.form.ink): each for each in run.record.imported.trial.forms}
    assert measured["0-255", "bright"].nll is None
    assert measured["0-255", "bright"].form != run.record.imported.pixels
    assert measured["0-1", "bright"].accuracy > 0.5


def test_a_network_that_scales_by_itself_takes_pixels_as_they_are(imported):
    keras = tensorflow.import_keras()
    classes = tuple("abcdefghij")
    model = network(first=[keras.layers.Rescaling(1 / 255)])
    assert imported(model, classes=classes).record.imported.pixels.range == "0-255"


@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_a_network_of_whole_numbers_takes_pixels_as_they_are(imported, sample, dtype):
    keras = tensorflow.import_keras()
    model = network((28, 28), None, [keras.layers.Rescaling(1 / 255)], dtype)
    run = imported(model, classes=tuple("abcdefghij"))
    expected = softmax(model.predict(sample.images.astype(dtype), verbose=0), axis=1)
    np.testing.assert_allclose(answers(run, sample.images), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "fit"),
    [((32, 32, 1), "pad"), ((32, 32, 3), "resize"), ((3, 40, 40), "pad"), ((14, 14), "resize")],
)
def test_another_size_and_colours_are_wrapped_too(imported, sample, shape, fit):
    model = network(shape)
    asked = Asked("0-1", "dark", fit)
    run = imported(model, classes=tuple("abcdefghij"), asked=asked)
    side = max(shape)
    if fit == "pad":
        frame = (side - 28) // 2
        pixels = np.pad(sample.images, ((0, 0), (frame, frame), (frame, frame)))
    else:
        keras = tensorflow.import_keras()
        pixels = np.asarray(keras.ops.image.resize(sample.images[..., None] * 1.0, (side, side)))[
            ..., 0
        ]
    grey = 1 - pixels.astype(np.float32) / 255
    if 3 in shape:
        grey = np.stack([grey] * 3, axis=1 if shape[0] == 3 else -1)
    expected = model.predict(grey.reshape(-1, *shape), verbose=0)
    np.testing.assert_allclose(answers(run, sample.images), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("ink", ["bright", "dark"])
@pytest.mark.parametrize("pixels", FACTORS)
def test_a_factor_and_an_offset_make_each_form(sample, pixels, ink):
    form = PixelForm(pixels, ink, "none")
    factor, offset = form.factor_and_offset
    images = sample.images[:3]
    expected = floats(images, pixels, ink)
    np.testing.assert_allclose(images * factor + offset, expected, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(in_form(images, Layout((28, 28)), form), expected)


def test_the_run_appears_as_a_whole_so_that_a_kill_leaves_none(tmp_path):
    path, seen = tmp_path / "own.keras", {}
    network().save(path)
    asked = Asked("0-1", "bright", "none")
    request = ImportRequest(path, asked=asked, output=tmp_path / "run")
    importing.import_model(
        request, Store(), lambda stage: seen.update({stage: (tmp_path / "run").exists()})
    )
    assert seen["exporting"] is False
    assert (tmp_path / "run" / "model.onnx").is_file()


def test_its_record_is_read_again_and_says_what_is_known(imported):
    model = network()
    run = imported(model, classes=tuple("abcdefghij"), asked=Asked("0-1"))
    record = run_folder.read(run.path).record
    assert isinstance(record, ImportRecord)
    assert record == run.record
    assert (record.metrics, record.settings.dataset, record.learned_from) == (None, None, ())
    assert record.imported.trial is None
    assert record.imported.sha256 == keras_file.checksum(run.path.parent / "own.keras")
    assert load(run.path).card.preparation == "character"
    assert [layer.type for layer in record.layers] == ["Dense", "Dense"]


def test_it_is_listed_without_epochs(imported):
    run = imported(network(), classes=tuple("abcdefghij"), asked=Asked("0-1"))
    (listed,) = list_runs(run.path.parent).runs
    assert (listed.epochs, listed.planned_epochs, listed.dataset) == (None, None, None)


def test_a_dataset_measures_it(imported, train, sample):
    model = fitted(network(), floats(train.images), train.class_indices, epochs=1)
    run = imported(model, dataset="mnist-sample")
    labels = model.predict(floats(sample.images), verbose=0).argmax(axis=1)
    expected = (labels == sample.class_indices).mean()
    assert run.record.metrics.test.accuracy == pytest.approx(expected)
    assert load(run.path).card.dataset == "mnist-sample"


def test_one_that_answers_otherwise_is_not_imported(imported, monkeypatch, tmp_path):
    monkeypatch.setattr(parity.Parity, "passed", False)
    with pytest.raises(VerificationError, match="was not imported") as failure:
        imported(network(), asked=Asked("0-1", "bright"))
    assert failure.value.exit_code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["own.keras"]


def test_a_form_that_can_not_be_measured_has_to_be_stated(imported):
    with pytest.raises(UsageError, match="expected --pixels"):
        imported(network(), classes=tuple("abcdefghij"))
    with pytest.raises(UsageError, match="state the form with --pixels, --ink"):
        imported(network())


def unfit():
    keras = tensorflow.import_keras()
    layers = keras.layers
    image = keras.Input((28, 28))
    flat = layers.Flatten()(image)
    other = keras.Input((3,))
    return {
        "two inputs": (keras.Model([image, other], [flat, other]), "2 inputs and 2 outputs"),
        "an image": (keras.Model(image, layers.Dense(10)(image)), r"an output \(28, 10\)"),
        "one score": (keras.Model(image, layers.Dense(1)(flat)), r"an output \(1,\)"),
        "a sequence": (keras.Sequential([keras.Input((100, 8)), layers.LSTM(10)]), r"\(100, 8\)"),
        "a batch": (keras.Sequential([keras.Input((1, 28, 28, 1)), layers.Flatten()]), "an input"),
        "sigmoid": (network(activation="sigmoid"), "sum to 1, or logits"),
        "code": (network(first=[layers.Lambda(keras.ops.relu)]), "can run its author's code"),
    }


@pytest.mark.parametrize(
    "kind", ["two inputs", "an image", "one score", "a sequence", "a batch", "sigmoid", "code"]
)
@pytest.mark.parametrize("name", ["own.keras", "own.h5"])
def test_what_can_not_be_wrapped_is_refused_with_what_it_has(imported, tmp_path, kind, name):
    model, said = unfit()[kind]
    with pytest.raises(ModelError, match=said) as refusal:
        imported(model, name)
    assert "\n" not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_loss_of_the_author_s_own_is_no_obstacle(imported):
    keras = tensorflow.import_keras()

    @keras.saving.register_keras_serializable("theirs")
    def loss(wanted, received):
        return keras.ops.mean(received - wanted)

    model = network()
    model.compile("adam", loss)
    imported(model, classes=tuple("abcdefghij"), asked=Asked("0-1"))


def test_hdf5_that_unpacks_to_much_more_than_it_is_gets_refused(imported, tmp_path):
    model = network()
    model.save(tmp_path / "bomb.h5")
    with h5py.File(tmp_path / "bomb.h5", "r+") as file:
        file.create_dataset("x", (100_000, 100_000), chunks=(1000, 1000), compression="gzip")
    with pytest.raises(ModelError, match="weights of more than"):
        imported(model, "bomb.h5")


@pytest.mark.parametrize("name", ["own.keras", "own.h5"])
def test_a_damaged_file_is_refused_in_one_line(imported, tmp_path, name):
    network().save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for content in (b"", whole[:3000], whole[:-2000]):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError) as refusal:
            imported(None, name)
        assert name in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_weights_alone_are_told_what_is_missing(imported, tmp_path):
    network().save_weights(tmp_path / "own.weights.h5")
    with pytest.raises(ModelError, match="as of weights alone; save the whole model"):
        imported(None, "own.weights.h5")


def test_a_keras_file_of_keras_2_is_told_to_come_as_hdf5(imported, tmp_path):
    import zipfile

    model = network()
    model.save(tmp_path / "new.keras")
    with (
        zipfile.ZipFile(tmp_path / "new.keras") as new,
        zipfile.ZipFile(tmp_path / "old.keras", "w") as old,
    ):
        configuration = json.loads(new.read("config.json"))
        settings = configuration["config"]["layers"][0]["config"]
        settings["batch_input_shape"] = settings.pop("batch_shape")
        for layer in configuration["config"]["layers"]:
            layer["config"]["unknown"] = 1
        old.writestr("config.json", json.dumps(configuration))
        old.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        old.writestr("model.weights.h5", new.read("model.weights.h5"))
    with pytest.raises(ModelError, match=r'saved by Keras 2; save it there as `model\.save\("'):
        imported(None, "old.keras")


@pytest.mark.parametrize(
    ("shape", "side", "channels"),
    [
        ((None, None, 1), 28, 1),
        ((1, 28, 28), 28, 1),
        ((784, 1), 28, 1),
        ((1024,), 32, 1),
        ((224, 224, 3), 224, 3),
    ],
)
def test_the_layout_of_an_image_is_found(tmp_path, shape, side, channels):
    keras = tensorflow.import_keras()
    image = keras.Input(shape)
    axes = tuple(range(1, len(shape) + 1))
    mean = keras.ops.mean(image, axis=axes, keepdims=False)
    rows = keras.ops.stack([mean] * 10, axis=-1)
    layout = network_of(tmp_path, keras.Model(image, rows)).layout
    assert (layout.side, layout.channels) == (side, channels)
    size = math.prod(layout.shape)
    assert size == (28 * 28 if side == 28 else side * side * channels)
