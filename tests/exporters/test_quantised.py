"""The exporters onnx-int8, litert and micro: proved, opened by their cards, refused if damaged."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from mnistkit import plugins
from mnistkit.cli.app import app
from mnistkit.core.models import keras_classifier, tensorflow
from mnistkit.core.models.onnx_file import MAX_CARD_BYTES
from mnistkit.ensembles.ensemble import average
from mnistkit.errors import MissingError, ModelError, OutputExistsError, UsageError
from mnistkit.exporters import micro, micro_source
from mnistkit.exporters.micro import EXPORTER as MICRO
from mnistkit.exporters.micro_runtime import Quantisation
from mnistkit.exporters.runtimes import Runtime
from mnistkit.exporting.export import ExportRequest, export
from mnistkit.exporting.writing import Exported, ExportFormat
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Architecture
from mnistkit.prediction.artifacts import open_artifact
from mnistkit.prediction.opening import open_served

pytestmark = pytest.mark.thorough

pytest.importorskip("ai_edge_litert", reason="pip install '.[litert]'")
pytest.importorskip("tflite_micro", reason="pip install '.[micro]'")

FORMATS = {
    "onnx-int8": ("onnx-int8", {}),
    "litert": ("litert", {}),
    "litert-int8": ("litert", {"precision": "int8"}),
    "micro": ("micro", {}),
}
QUANTISED = ("onnx-int8", "litert-int8", "micro")


@dataclass(frozen=True)
class Learned:
    """A small network that knows its few images by heart, and these images."""

    model: Path
    data: Path
    images: np.ndarray


@pytest.fixture(scope="module")
def learned(tmp_path_factory, sample):
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    images, labels = sample.images[:200], sample.class_indices[:200]
    folder = tmp_path_factory.mktemp("learned")
    np.savez(folder / "few.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = keras.layers.Reshape((28, 28, 1))(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Conv2D(8, 3, strides=2, use_bias=False)(x)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.5)(x))
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D()(x))
    network = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x), name="small")
    network.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    network.fit(images, labels, epochs=30, verbose=0)
    network.save(folder / "model.keras")
    return Learned(folder / "model.keras", folder / "few.npz", images)


@pytest.fixture(scope="module")
def exports(learned):
    """The network in every format, by name."""
    return {name: exported(learned, name) for name in FORMATS}


def exported(learned, name) -> Exported:
    exporter, options = FORMATS[name]
    suffix = {"onnx-int8": ".onnx", "micro": ""}.get(name, ".tflite")
    output = learned.model.with_name(name + suffix)
    form = ExportFormat(exporter, options)
    request = ExportRequest(learned.model, form, output, dataset=f"npz:{learned.data}")
    return export(request, Store())


@pytest.mark.parametrize("name", QUANTISED)
def test_int8_is_proved_by_its_accuracy(exports, name):
    proof = exports[name].parity
    assert proof.accuracy.images == 200
    assert proof.accuracy.lost == 0
    assert proof.max_abs_diff > 1e-5
    assert proof.batch_sizes == ((1,) if name == "micro" else (1, 7, 256))


def test_litert_in_float_is_equal(exports):
    proof = exports["litert"].parity
    assert proof.max_abs_diff <= proof.tolerance == 1e-5
    assert proof.accuracy is None
    assert exports["litert-int8"].bytes < exports["litert"].bytes


@pytest.mark.parametrize("name", FORMATS)
def test_each_is_opened_by_its_card(exports, learned, name):
    opened = open_served(exports[name].path, threads=1)
    assert (opened.card.exporter, opened.card.architecture) == (FORMATS[name][0], "small")
    assert opened.card.source_sha256 == hashlib.sha256(learned.model.read_bytes()).hexdigest()
    rows = opened.predict(learned.images[:5])
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_threads_may_share_one(exports, learned, name):
    opened = open_artifact(exports[name].path)
    parts = [learned.images[start : start + size] for start, size in ((0, 3), (3, 1), (4, 9))] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(opened.predict, parts))
    for part, rows in zip(parts, answers, strict=True):
        np.testing.assert_array_equal(rows.argmax(1), opened.predict(part).argmax(1))


@pytest.mark.parametrize("name", FORMATS)
def test_commands_take_each(exports, learned, name):
    path, data = str(exports[name].path), f"npz:{learned.data}"
    evaluated = CliRunner().invoke(app, ["evaluate", "--model", path, "--dataset", data])
    assert evaluated.exit_code == 0, evaluated.stderr
    assert "100.00%" in evaluated.stdout
    answered = CliRunner().invoke(app, ["predict", "--model", path, "example:seven"])
    assert answered.exit_code == 0, answered.stderr


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_is_no_model_to_export(exports, name):
    with pytest.raises(UsageError, match="the model it was exported from"):
        export(ExportRequest(exports[name].path), Store())


def test_only_what_has_weights_is_quantised_in_onnx(exports):
    graph = onnx.load(exports["onnx-int8"].path).graph
    types = [node.op_type for node in graph.node]
    first = types.index("QuantizeLinear")
    assert {"Cast", "Mul"} <= {*types[:first]}
    assert types[-1] == "Softmax"
    kinds = {weights.data_type for weights in graph.initializer if weights.dims[:1] == [8]}
    assert onnx.TensorProto.INT8 in kinds
    assert onnx.TensorProto.FLOAT not in {
        weights.data_type for weights in graph.initializer if len(weights.dims) == 4
    }


@pytest.mark.parametrize(
    ("exporter", "usual"), [("onnx-int8", "model-onnx-int8.onnx"), ("micro", "model-micro")]
)
def test_an_export_is_not_written_in_the_place_of_another(learned, tmp_path, exporter, usual):
    (tmp_path / "model.keras").write_bytes(learned.model.read_bytes())
    (tmp_path / usual).mkdir()
    with pytest.raises(OutputExistsError, match=f"{usual} exists already"):
        export(ExportRequest(tmp_path / "model.keras", ExportFormat(exporter)), Store())


def test_another_precision_is_refused(learned):
    with pytest.raises(UsageError, match="precision=float32 or precision=int8, received int4"):
        export(ExportRequest(learned.model, ExportFormat("litert", {"precision": "int4"})), Store())


@pytest.mark.parametrize(("name", "exporter"), [("onnx-int8", "onnx"), ("micro", "litert")])
def test_an_option_of_another_exporter_is_refused(learned, name, exporter):
    option = {"onnx": {"opset": 17}, "litert": {"precision": "int8"}}[exporter]
    with pytest.raises(UsageError, match=rf"the exporter {name} \(none\)"):
        export(ExportRequest(learned.model, ExportFormat(name, option)), Store())


@pytest.mark.parametrize("exporter", ["onnx", "onnx-int8", "litert", "micro"])
def test_an_operator_that_the_format_lacks_is_told_in_one_line(tmp_path, exporter, learned, capfd):
    keras = tensorflow.import_keras()
    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = keras.layers.Reshape((28, 28, 1))(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Resizing(40, 40, interpolation="lanczos3")(x)
    x = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x))
    path = tmp_path / "model.keras"
    keras.Model(image, x, name="odd").save(path)
    request = ExportRequest(path, ExportFormat(exporter), dataset=f"npz:{learned.data}")
    with pytest.raises(ModelError, match="received odd, which can't be converted") as failure:
        export(request, Store())
    assert "\n" not in str(failure.value)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
    assert capfd.readouterr().err == ""


def test_an_ensemble_runs_on_microcontrollers(tmp_path, learned):
    keras = tensorflow.import_keras()
    path = tmp_path / "model.keras"
    average([keras.models.load_model(learned.model)] * 2).save(path)
    request = ExportRequest(path, ExportFormat("micro"), dataset=f"npz:{learned.data}")
    assert export(request, Store()).parity.accuracy.lost == 0


def refusal_of(path):
    """Why an artifact is refused, in one line."""
    with pytest.raises(ModelError) as refusal:
        open_artifact(path).predict(np.zeros((2, 28, 28), np.uint8))
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("length", [0, 100, 3000])
def test_a_truncated_litert_file_is_refused(exports, tmp_path, length):
    path = tmp_path / "short.tflite"
    path.write_bytes(exports["litert"].path.read_bytes()[:length])
    assert "with the card mnistkit.json inside" in refusal_of(path)


def test_a_litert_file_of_something_else_is_refused(exports, tmp_path):
    path = tmp_path / "other.tflite"
    path.write_bytes(b"no model at all")
    with zipfile.ZipFile(exports["litert"].path) as archive, zipfile.ZipFile(path, "a") as other:
        other.writestr("mnistkit.json", archive.read("mnistkit.json"))
    assert "expected a whole .tflite file" in refusal_of(path)
    assert "no such file" in refusal_of(tmp_path / "absent.tflite")


def test_a_card_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.tflite"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mnistkit.json", " " * (MAX_CARD_BYTES + 1))
    assert "the card is too large" in refusal_of(path)


def test_a_litert_card_of_other_classes_is_refused(exports, tmp_path):
    path = tmp_path / "other.tflite"
    shutil.copy(exports["litert"].path, path)
    with zipfile.ZipFile(path, "a") as archive:
        card = json.loads(archive.read("mnistkit.json")) | {"class_names": ["a", "b"]}
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("mnistkit.json", json.dumps(card))
    assert re.search(r"can't be used \(expected .*-1, 2.*received .*-1, 10", refusal_of(path))


@pytest.fixture
def folder(exports, tmp_path):
    """A copy of the export for microcontrollers."""
    copied = tmp_path / "micro"
    copied.mkdir()
    for file in exports["micro"].path.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    return copied


def test_a_damaged_micro_model_is_never_run(folder):
    content = bytearray((folder / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.tflite").write_bytes(content)
    assert "expected the checksum in SHA256SUMS" in refusal_of(folder)
    (folder / "SHA256SUMS").unlink()
    assert "SHA256SUMS: no such file" in refusal_of(folder)
    (folder / "model.tflite").unlink()
    assert "model.tflite: no such file" in refusal_of(folder)


def test_what_is_no_flatbuffer_does_not_crash_micro(folder):
    (folder / "model.tflite").write_bytes(b"no model at all")
    text = f"{hashlib.sha256(b'no model at all').hexdigest()}  model.tflite\n"
    (folder / "SHA256SUMS").write_text(text)
    assert "can't be run" in refusal_of(folder)


def test_a_micro_card_of_other_classes_is_refused(folder):
    card = json.loads((folder / "card.json").read_text()) | {"class_names": ["a", "b"]}
    (folder / "card.json").write_text(json.dumps(card))
    assert re.search(
        r"model\.tflite: expected .*\[1, 2\].*received .*\[1, 10\]", refusal_of(folder)
    )


def with_checksum(folder, content):
    (folder / "model.tflite").write_bytes(content)
    line = f"{hashlib.sha256(content).hexdigest()}  model.tflite\n"
    (folder / "SHA256SUMS").write_text(line)


def test_a_model_that_crashes_its_interpreter_ends_in_one_line(folder):
    """The interpreter follows any index that a whole flatbuffer has."""
    import flatbuffers
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf((folder / "model.tflite").read_bytes(), 0)
    model.subgraphs[0].operators[0].inputs = [2**30, 2**30, 2**30]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    with_checksum(folder, bytes(builder.Output()))
    assert "expected a whole model that its runtime runs" in refusal_of(folder)


def test_a_file_that_crashes_litert_ends_in_one_line(exports, tmp_path, monkeypatch):
    """No file is known that crashes every release: a process stands in for one that does."""
    copied = tmp_path / "model.tflite"
    shutil.copy(exports["litert"].path, copied)
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    (tmp_path / "crash").mkdir()
    (tmp_path / "crash" / "sitecustomize.py").write_text(crash)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "crash"))
    assert "it ended with SIGSEGV" in refusal_of(copied)


def test_a_micro_folder_of_devices_is_not_read(folder):
    for name in ("SHA256SUMS", "model.tflite"):
        (folder / name).unlink()
        (folder / name).symlink_to("/dev/zero")
        assert f"{name}: expected a file" in refusal_of(folder)


DUMP = """
#include <stdio.h>
#include "model.h"

int main(void) {
  fwrite(mnistkit_model, 1, MNISTKIT_MODEL_BYTES, stdout);
  for (int i = 0; i < MNISTKIT_CLASSES; i++) fputs(mnistkit_labels[i], stderr), fputc(10, stderr);
  return 0;
}
"""


def compiled(folder):
    """What a program with the array in it writes: the model, and the labels."""
    (folder / "dump.c").write_text(DUMP)
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run(["gcc", *flags, "dump.c", "model.c", "-o", "dump"], cwd=folder, check=True)
    ended = subprocess.run([folder / "dump"], capture_output=True, check=True)
    return ended.stdout, ended.stderr.decode().splitlines()


def test_the_array_in_c_is_the_model(folder):
    content, labels = compiled(folder)
    line = f"{hashlib.sha256(content).hexdigest()}  model.tflite"
    assert line in (folder / "SHA256SUMS").read_text().splitlines()
    assert labels == list("0123456789")


def test_any_class_name_is_a_string_in_c(tmp_path):
    labels = ('a"b', "back\\slash", "??/", "grün 7", "%s")
    for name, text in micro_source.texts(b"\1\2", labels, 5, Quantisation(1 / 256, -128)).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert compiled(tmp_path) == (b"\1\2", list(labels))


def test_tiny_needs_less_memory_than_small_microcontrollers_have(tmp_path, sample):
    network = plugins.load("architecture", "tiny", Architecture).build(10, dropout=0.0)
    card = keras_classifier.plain_card(network)
    facts = micro.write(network, card, tmp_path, {}, sample.images[:20])
    assert facts["arena_bytes"] < 64_000


def test_the_stated_arena_is_enough_and_the_stated_input_is_right(exports, folder, learned):
    from tflite_micro import runtime

    header = (folder / "model.h").read_text()
    arena = int(re.search(r"ARENA_BYTES (\d+)", header)[1])
    assert exports["micro"].facts["arena_bytes"] <= arena < 64_000
    interpreter = runtime.Interpreter.from_file(str(folder / "model.tflite"), arena_size=arena)
    expected = MICRO.open(folder).predict(learned.images[:20]).argmax(1)
    for image, label in zip(learned.images[:20], expected, strict=True):
        interpreter.set_input((image.astype(int) - 128).astype(np.int8)[np.newaxis], 0)
        interpreter.invoke()
        assert interpreter.get_output(0)[0].argmax() == label


def test_a_runtime_that_is_missing_or_too_old_is_told_in_one_line():
    with pytest.raises(MissingError, match=r"needs no-such-package, which is not .*'\.\[micro\]'"):
        Runtime("no-such-package", "no_such_module", "1", "micro").require()
    with pytest.raises(MissingError, match=r"numpy 99\.0 or later, received"):
        Runtime("numpy", "numpy", "99.0", "litert").require()
    Runtime("numpy", "numpy", "2.0", "litert").require()


def test_a_module_of_another_package_is_of_any_version():
    Runtime("another-numpy", "numpy", "99.0", "litert").require()
