"""The exporters of folders, each against Keras in its own runtime."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from full_disk import no_file_above
from typer.testing import CliRunner
from web_runtime import find_web_runtime

from mnistkit.cli.app import app
from mnistkit.core.models import tensorflow
from mnistkit.core.models.card_file import read_card, write_card
from mnistkit.errors import MissingError, ModelError, UsageError
from mnistkit.exporters import onnx, openvino, saved_model, web
from mnistkit.exporters.web import node
from mnistkit.prediction.opening import open_served

pytestmark = pytest.mark.thorough

EXPORTERS = {
    "openvino": openvino.EXPORTER,
    "saved-model": saved_model.EXPORTER,
    "web": web.EXPORTER,
}
LIMITS = {"openvino": 1e-5, "saved-model": 1e-6, "web": 1e-5}


def options_of(name):
    if name == "openvino":
        pytest.importorskip("openvino", reason="needs OpenVINO: pip install openvino")
    return {"runtime": str(find_web_runtime())} if name == "web" else {}


@pytest.fixture(params=EXPORTERS, scope="module")
def written(request, small_model, small_card, tmp_path_factory):
    """The small model in a format, with its card; the exporter's name and the folder."""
    name = request.param
    path = tmp_path_factory.mktemp(name)
    options = options_of(name)
    card = replace(small_card, exporter=name, exporter_options=options)
    EXPORTERS[name].write(small_model, card, path, options)
    write_card(path, card)
    return name, path, card


@pytest.fixture
def copied(written, tmp_path):
    name, path, _ = written
    return name, shutil.copytree(path, tmp_path / "copy")


def test_each_states_its_limit():
    assert {name: exporter.tolerance for name, exporter in EXPORTERS.items()} == LIMITS


def test_any_batch_is_answered_as_keras_does_with_the_card_inside(written, small_model, sample):
    name, path, card = written
    exporter = EXPORTERS[name]
    for opening in {exporter.open, exporter.prove or exporter.open}:
        opened = opening(path)
        assert opened.card == card
        for count in (1, 3, 200):
            expected = small_model(sample.images[:count], training=False).numpy()
            received = opened.predict(sample.images[:count], batch_size=count)
            np.testing.assert_allclose(received, expected, atol=LIMITS[name], rtol=0)


@pytest.mark.sampled(3)
def test_commands_take_each(written):
    _, path, _ = written
    words = ["--model", str(path), "--dataset", "mnist-sample", "--limit", "20"]
    evaluated = CliRunner().invoke(app, ["evaluate", *words])
    assert evaluated.exit_code == 0, evaluated.stderr
    assert "accuracy" in evaluated.stdout
    answered = CliRunner().invoke(app, ["predict", "--model", str(path), "example:seven"])
    assert answered.exit_code == 0, answered.stderr
    assert open_served(path, threads=1).predict(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


WEIGHTS = {
    "openvino": "model.bin",
    "saved-model": "variables/variables.index",
    "web": "model.onnx",
}


@pytest.mark.parametrize("spoil", ["missing", "empty"])
def test_a_damaged_folder_is_refused_in_one_line(copied, spoil):
    name, path = copied
    weights = path / WEIGHTS[name]
    weights.unlink()
    if spoil == "empty":
        weights.touch()
    with pytest.raises(ModelError, match=r"export the model again|no such file") as refusal:
        EXPORTERS[name].open(path).predict(np.zeros((1, 28, 28), np.uint8))
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_card_of_other_classes_is_refused(copied):
    name, path = copied
    write_card(path, replace(read_card(path), class_names=("a", "b")))
    with pytest.raises(ModelError, match=r"expected .* received ") as refusal:
        EXPORTERS[name].open(path).predict(np.zeros((1, 28, 28), np.uint8))
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_full_disk_is_an_oserror(name, small_model, small_card, artifact):
    options = options_of(name)
    with no_file_above(1000), pytest.raises(OSError):  # noqa: PT011  # told by its reason above
        EXPORTERS[name].write(small_model, small_card, artifact, options)


def test_a_saved_model_has_the_signature_of_tensorflow_serving(small_model, small_card, artifact):
    saved_model.write(small_model, small_card, artifact, {})
    program = (
        "import sys, tensorflow as tf\n"
        "served = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n"
        "print(served.structured_input_signature[1]['image'].dtype.name)\n"
        "print(served.structured_outputs['probabilities'].dtype.name)"
    )
    command = [sys.executable, "-c", program, str(artifact)]
    answered = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answered.stdout.split() == ["uint8", "float32"]


def test_an_operator_that_openvino_lacks_is_refused(small_card, artifact):
    pytest.importorskip("openvino", reason="needs OpenVINO: pip install openvino")
    keras = tensorflow.import_keras()
    import tensorflow as tf

    class Determinant(keras.layers.Layer):
        def call(self, x):
            return tf.linalg.det(x)[:, None]

    image = keras.Input((28, 28), dtype="uint8")
    x = Determinant()(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    with pytest.raises(UsageError, match=r"operators that OpenVINO has.*--exporter onnx"):
        openvino.write(model, small_card, artifact, {})


def test_a_runtime_folder_without_the_files_is_refused(small_model, small_card, artifact):
    find_web_runtime()
    with pytest.raises(
        UsageError, match=r"expected ort\.wasm\.bundle\.min\.mjs and .* in .*npm install"
    ):
        web.write(small_model, small_card, artifact, {"runtime": str(artifact)})
    assert list(artifact.iterdir()) == []


@pytest.fixture
def only_node(tmp_path, monkeypatch):
    """Put a program on PATH, alone, that says that it is Node.js 20."""
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.1.0\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("only_node")
@pytest.mark.parametrize(
    ("package", "version"),
    [('{"version": "1.22.0"}', "1.22.0"), ("[]", "unknown"), (None, "unknown")],
)
def test_the_version_of_the_runtime_is_told_where_its_package_says_it(
    package, version, small_model, small_card, artifact
):
    runtime = artifact.with_name("dist")
    runtime.mkdir()
    for name in web.RUNTIME_FILES:
        (runtime / name).write_bytes(b"12345")
    if package is not None:
        artifact.with_name("package.json").write_text(package)
    facts = web.write(small_model, small_card, artifact, {"runtime": str(runtime)})
    assert (facts["onnxruntime-web"], facts["runtime_bytes"]) == (version, 10)


def test_a_page_whose_model_has_another_card_is_refused(small_model, small_card, artifact):
    onnx.write(small_model, small_card, artifact / "model.onnx", {"opset": onnx.OPSETS[0]})
    write_card(artifact, small_card)
    assert web.open_folder(artifact).card == small_card
    write_card(artifact, replace(small_card, dataset="another"))
    with pytest.raises(ModelError, match=r"expected one card, in card\.json and in model\.onnx"):
        web.open_folder(artifact)


def test_a_model_of_objects_gets_no_page(small_model, small_card, artifact):
    options = options_of("web")
    card = replace(small_card, preparation="object")
    with pytest.raises(UsageError, match="of digits or letters"):
        web.write(small_model, card, artifact, options)


@pytest.mark.parametrize(
    ("told", "received"), [(None, "none on PATH"), ("v16.20.2", "v16.20.2"), ("help", "help")]
)
def test_a_node_that_is_missing_or_too_old_is_told_in_one_line(
    told, received, tmp_path, monkeypatch
):
    if told:
        program = tmp_path / "node"
        program.write_text(f"#!/bin/sh\necho {told}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match=rf"Node\.js 18 or later.*received {received}"):
        node.find_node()
