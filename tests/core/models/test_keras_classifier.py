"""Keras models: opened safely and quietly, and independent of mnistkit."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest
from networks import CNN_LAYERS

from mnistkit.architectures.cnn import ARCHITECTURE
from mnistkit.core.models import keras_classifier, keras_file, tensorflow
from mnistkit.errors import ModelError, UsageError
from mnistkit.training import network


@pytest.fixture(scope="module")
def keras():
    return tensorflow.import_keras()


def small_model(keras, *layers, shape=(28, 28), dtype="uint8"):
    """A network from images to ten probabilities, with more layers in front."""
    image = keras.Input(shape, dtype=dtype, name="image")
    x = keras.layers.Rescaling(1 / 255)(image)
    for layer in layers:
        x = layer(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(image, keras.layers.Dense(10, activation="softmax")(x), name="small")


@pytest.fixture(scope="module")
def good(keras, tmp_path_factory):
    """A small model that is fine."""
    path = tmp_path_factory.mktemp("good") / "good.keras"
    small_model(keras).save(path)
    return path


def rewrite(source, target, change, member="config.json"):
    """Copy a .keras file, with the bytes of one member changed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == member else content)


def change_layers(source, target, kind, **values):
    """Copy a .keras file, with the configuration of the layers of a class changed."""

    def change(content):
        configuration = json.loads(content)
        for layer in configuration["config"]["layers"]:
            if layer["class_name"] == kind:
                layer.update(values)
        return json.dumps(configuration).encode()

    rewrite(source, target, change)


def test_a_good_model_is_opened_and_says_what_it_is(good, sample):
    classifier = keras_classifier.open_classifier(good)
    assert classifier.card.architecture == "small"
    assert classifier.class_names == tuple("0123456789")
    assert classifier.card.dataset is None
    probabilities = classifier.predict(sample.images[:5])
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_a_run_s_model_has_the_run_s_card_and_equals_its_export(trained_run, classifier, sample):
    opened = keras_classifier.open_classifier(trained_run.model)
    assert opened.card == trained_run.card()
    expected = classifier.predict(sample.images[:50])
    np.testing.assert_allclose(opened.predict(sample.images[:50]), expected, atol=1e-5, rtol=0)


def test_dropout_is_off_when_a_model_is_used(trained_run, sample):
    opened = keras_classifier.open_classifier(trained_run.model)
    once, again = (opened.predict(sample.images[:5]) for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_a_trained_model_opens_where_mnistkit_is_not_installed(trained_run, sample, tmp_path):
    shutil.copy(trained_run.model, tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", sample.images[:20])
    program = (
        "import sys; sys.modules['mnistkit'] = None\n"
        "import keras, numpy\n"
        "model = keras.saving.load_model('model.keras')\n"
        "numpy.save('probabilities.npy', model(numpy.load('images.npy'), training=False))\n"
    )
    words = [sys.executable, "-I", "-c", program]
    ended = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    expected = keras_classifier.open_classifier(trained_run.model).predict(sample.images[:20])
    received = np.load(tmp_path / "probabilities.npy")
    np.testing.assert_allclose(received, expected, atol=1e-6)


@pytest.mark.parametrize("option", ["filters", "units"])
def test_an_option_no_network_can_be_built_with_is_the_users_to_change(option):
    with pytest.raises(UsageError, match=f"choose another --option than {option}=0$") as refusal:
        network.build("cnn", 10, 0.5, **{option: 0})
    assert "\n" not in str(refusal.value)


def test_the_layer_table_of_the_cnn(keras):
    assert keras is not None
    rows = keras_classifier.layer_table(ARCHITECTURE.build(10, 0.5))
    assert [(row.type, row.output_shape, row.parameters) for row in rows] == CNN_LAYERS
    assert sum(row.parameters for row in rows) == 684_490
    assert len({row.name for row in rows}) == len(rows)


def test_a_layer_with_several_outputs_has_a_row_like_the_others(keras, tmp_path):
    image = keras.Input((28, 28), dtype="uint8", name="image")
    states = keras.layers.LSTM(8, return_state=True)(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(states[0]))
    model.save(tmp_path / "recurrent.keras")
    rows = keras_classifier.open_classifier(tmp_path / "recurrent.keras").card.layers
    assert sum(row.parameters for row in rows) == model.count_params()


def refuse(path, said):
    """Check that a file is refused in one line that names it."""
    with pytest.raises(ModelError, match=said) as refusal:
        keras_classifier.open_classifier(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_lambda_is_refused_without_being_run(keras, tmp_path):
    marker, path = tmp_path / "marker", tmp_path / "lambda.keras"
    text = str(marker)
    layer = keras.layers.Lambda(lambda x: (open(text, "w").close(), x)[1], output_shape=(28, 28))  # noqa: PTH123
    small_model(keras, layer).save(path)
    marker.unlink(missing_ok=True)
    refuse(path, "Lambda")
    assert not marker.exists()


def test_a_lambda_around_a_function_of_keras_is_refused_however_deep(keras, tmp_path):
    inner = keras.Sequential([keras.layers.Lambda(keras.ops.relu)])
    for number, layer in enumerate((keras.layers.Lambda(keras.ops.relu), inner)):
        path = tmp_path / f"{number}.keras"
        small_model(keras, layer).save(path)
        refuse(path, "Lambda")


@pytest.mark.parametrize(
    ("module", "class_name"),
    [("keras", "layers.Lambda"), ("keras.src.layers.core.lambda_layer", "Lambda")],
)
def test_a_lambda_under_another_name_is_refused(keras, tmp_path, module, class_name):
    small_model(keras, keras.layers.Lambda(keras.ops.relu)).save(tmp_path / "plain.keras")
    path = tmp_path / "renamed.keras"
    change_layers(
        tmp_path / "plain.keras",
        path,
        "Lambda",
        module=module,
        class_name=class_name,
        registered_name=None,
    )
    refuse(path, "Lambda")


@pytest.mark.parametrize(
    ("module", "class_name"), [("os", "system"), ("mnistkit.core.models.choice", "Classifier")]
)
def test_a_class_of_another_package_is_refused(good, tmp_path, module, class_name):
    path = tmp_path / "other.keras"
    change_layers(good, path, "Dense", module=module, class_name=class_name)
    refuse(path, f"'{class_name}' of {module}")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.config", "set_backend"),
        ("keras.utils", "set_random_seed"),
        ("keras", "utils.set_random_seed"),
        ("keras.datasets.mnist", "load_data"),
        ("keras.src.saving.saving_api", "load_model"),
        ("keras.utils", "plot_model"),
    ],
)
def test_a_function_of_keras_that_is_no_part_of_networks_is_no_activation(
    good, tmp_path, module, name
):
    path = tmp_path / "acting.keras"
    function = {"module": module, "class_name": "function", "config": name}

    def change(content):
        configuration = json.loads(content)
        configuration["config"]["layers"][-1]["config"]["activation"] = function
        return json.dumps(configuration).encode()

    rewrite(good, path, change)
    refuse(path, f"'{name}' of {module}")


def test_a_function_of_keras_that_calculates_is_an_activation(keras, tmp_path):
    layer = keras.layers.Dense(28, activation=keras.ops.relu)
    small_model(keras, layer).save(tmp_path / "relu.keras")
    assert keras_file.open_model(tmp_path / "relu.keras").layers[2].activation.__name__ == "relu"


def elsewhere(file, name, path):
    """Make an array of an HDF5 file one that lies in another file, in each way there is."""
    shape, dtype = file[name].shape, file[name].dtype
    del file[name]
    if path.name == "external":
        file.create_dataset(name, shape, dtype, external=[(str(path), 0, h5py.h5f.UNLIMITED)])
    elif path.name == "virtual":
        layout = h5py.VirtualLayout(shape, dtype)
        layout[...] = h5py.VirtualSource(str(path), "x", shape=shape)
        file.create_virtual_dataset(name, layout)
    else:
        file[name] = h5py.ExternalLink(str(path), "x")


@pytest.mark.parametrize("way", ["external", "virtual", "link"])
def test_weights_that_lie_in_another_file_are_not_read(good, tmp_path, way):
    with h5py.File(tmp_path / way, "w") as other:
        other["x"] = np.ones((784, 10), np.float32)

    def change(content):
        weights = io.BytesIO(content)
        with h5py.File(weights, "r+") as file:
            elsewhere(file, "layers/dense/vars/0", tmp_path / way)
        return weights.getvalue()

    rewrite(good, tmp_path / "reading.keras", change, "model.weights.h5")
    refuse(tmp_path / "reading.keras", "expected a whole .keras file")


@pytest.mark.filterwarnings("ignore:Skipping")
def test_a_member_of_the_archive_is_written_nowhere_else(good, tmp_path):
    path, inside = tmp_path / "slip.keras", tmp_path / "inside"
    shutil.copy(good, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"assets/{'../' * 40}{inside}", "x")
        archive.writestr(str(inside), "x")
    keras_file.open_model(path)
    assert not inside.exists()


def test_a_layer_of_the_author_s_own_is_refused(keras, tmp_path):
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    small_model(keras, Own()).save(tmp_path / "own.keras")
    refuse(tmp_path / "own.keras", "expected")


def compressed_and_damaged(content, target):
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        begin = new.getinfo("config.json").header_offset + 30 + len("config.json")
    damaged = bytearray(target.read_bytes())
    damaged[begin : begin + 20] = b"\xff" * 20
    target.write_bytes(damaged)


def encrypted(content, target):
    damaged = bytearray(content.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(signature, bytes(damaged)):
            damaged[found.start() + flags] |= 1
    target.write_bytes(damaged)


DAMAGES = {
    "empty": lambda _good, path: path.write_bytes(b""),
    "half of it": lambda good, path: path.write_bytes(good.read_bytes()[:9000]),
    "no zip": lambda _good, path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500)),
    "a folder": lambda _good, path: path.mkdir(),
    "no configuration": lambda _good, path: zipfile.ZipFile(path, "w").close(),
    "no JSON": lambda good, path: rewrite(good, path, lambda text: text[:50]),
    "a list": lambda good, path: rewrite(good, path, lambda _: b"[]"),
    "no model": lambda good, path: rewrite(good, path, lambda _: b'{"class_name": ["Dense"]}'),
    "nested too deep": lambda good, path: rewrite(good, path, lambda _: b"[" * 100_000),
    "short weights": lambda good, path: rewrite(
        good, path, lambda weights: weights[:3000], "model.weights.h5"
    ),
    "damaged compression": compressed_and_damaged,
    "encrypted": encrypted,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_refused(good, tmp_path, damage):
    path = tmp_path / "damaged.keras"
    damage(good, path)
    with pytest.raises(ModelError) as refusal:
        keras_file.open_model(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    refuse(tmp_path / "absent.keras", "no model at")


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((28, 28), "float32"), ((28, 28, 1), "uint8"), ((32, 32), "uint8"), ((784,), "uint8")],
)
def test_a_model_of_other_pixels_is_refused(keras, tmp_path, shape, dtype):
    path = tmp_path / "other.keras"
    small_model(keras, shape=shape, dtype=dtype).save(path)
    refuse(path, re.escape("from uint8 (n, 28, 28) to (n, classes)"))


def test_a_model_with_other_outputs_is_refused(keras, tmp_path):
    image = keras.Input((28, 28), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255)(image)
    flat = keras.layers.Dense(10)(keras.layers.Flatten()(scaled))
    for name, outputs in (("image", scaled), ("two", [flat, scaled])):
        keras.Model(image, outputs).save(tmp_path / f"{name}.keras")
        refuse(tmp_path / f"{name}.keras", "expected a model from uint8")


def test_what_tensorflow_prints_is_seen_only_when_debugging(mnistkit, clean_environment):
    environment = {**clean_environment}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    quiet = mnistkit("summary", "cnn", "--format", "json", env=environment)
    assert quiet.returncode == 0
    assert quiet.stderr == ""
    assert json.loads(quiet.stdout)["total_parameters"] == 684_490
    debugged = mnistkit("--debug", "summary", "cnn", "--format", "json", env=environment)
    assert debugged.stdout == quiet.stdout
    assert "tensorflow" in debugged.stderr.lower()


def test_what_was_hidden_is_shown_after_an_error():
    program = (
        "import os\n"
        "from mnistkit.core.models.tensorflow import native_output_hidden\n"
        "with native_output_hidden(): os.write(2, b'unseen ')\n"
        "os.write(2, b'seen ')\n"
        "with native_output_hidden():\n"
        "    os.write(2, b'the cause')\n"
        "    raise SystemExit(5)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (5, "seen the cause")
