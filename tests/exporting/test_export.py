"""Export, proved before the file gets its name."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from mnistkit import plugins
from mnistkit.core.models import keras_file, tensorflow
from mnistkit.errors import ModelError, OutputError, OutputExistsError, PluginError, UsageError
from mnistkit.exporters.onnx import EXPORTER
from mnistkit.exporting import export
from mnistkit.exporting.export import ExportRequest
from mnistkit.exporting.parity import ParityError
from mnistkit.exporting.writing import ExportFormat
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Exporter

pytestmark = pytest.mark.usefixtures("offline")


def names_beside(path):
    return sorted(entry.name for entry in path.parent.iterdir())


def test_an_export_is_proved_on_a_thousand_images(model):
    exported = export.export(ExportRequest(model), Store())
    assert exported.path == model.with_suffix(".onnx")
    assert exported.bytes == exported.path.stat().st_size
    assert exported.facts == {"opset": 18}
    proof = exported.parity
    assert proof.passed
    assert proof.max_abs_diff <= 1e-5
    assert proof.label_agreement == 1
    assert proof.images >= 1000
    assert set(proof.batch_sizes) == {1, 7, 256}
    assert names_beside(model) == ["model.keras", "model.onnx"]
    session = onnxruntime.InferenceSession(exported.path)
    (probabilities,) = session.run(None, {"image": np.zeros((2, 28, 28), np.uint8)})
    assert probabilities.shape == (2, 10)


def forged(spoil):
    """An exporter whose runtime gives other probabilities."""

    def open_spoiled(path):
        classifier = EXPORTER.open(path)

        def infer(images):
            probabilities = classifier.infer(images).copy()
            spoil(probabilities)
            return probabilities

        return replace(classifier, infer=infer)

    return Exporter("differs", ".forged", EXPORTER.write, open_spoiled, EXPORTER.options)


def shifted(probabilities):
    probabilities[:, 0] += 1e-3


def flipped(probabilities):
    probabilities[:] = 1 - probabilities


def one_nan(probabilities):
    probabilities[0, 4] = np.nan


@pytest.mark.parametrize(
    ("spoil", "there"), [(shifted, False), (flipped, False), (one_nan, False), (one_nan, True)]
)
def test_an_export_that_differs_leaves_no_file(model, monkeypatch, spoil, there):
    found = plugins.load

    def load(kind, name, *expected):
        return forged(spoil) if name == "forged" else found(kind, name, *expected)

    monkeypatch.setattr(plugins, "load", load)
    output = model.with_name("served.forged")
    if there:
        output.write_bytes(b"old")
    request = ExportRequest(model, ExportFormat("forged"), output, force=True)
    with pytest.raises(ParityError, match=r"served\.forged was not written") as failure:
        export.export(request, Store())
    assert failure.value.exit_code == 4
    assert not failure.value.proof.passed
    assert "\n" not in str(failure.value)
    assert names_beside(model) == ["model.keras", *(["served.forged"] if there else [])]
    assert not there or output.read_bytes() == b"old"


def test_a_model_without_a_softmax_is_not_exported(model):
    keras = tensorflow.import_keras()
    network = keras_file.open_model(model)
    scores = keras.layers.Dense(10)(network.layers[-2].output)
    keras.Model(network.input, scores).save(model)
    with pytest.raises(ModelError, match="with `mnistkit import`"):
        export.export(ExportRequest(model), Store())
    assert names_beside(model) == ["model.keras"]


def test_an_operator_that_the_runtime_lacks_is_told_with_the_name_of_the_export(tmp_path):
    keras = tensorflow.import_keras()
    image = keras.Input((28, 28), dtype="uint8")
    # onnxruntime has no convolution of so high a precision.
    x = keras.layers.Rescaling(1 / 255, dtype="float64")(keras.layers.Reshape((28, 28, 1))(image))
    x = keras.layers.Conv2D(2, 5, strides=5, dtype="float64")(x)
    x = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x))
    keras.Model(image, x).save(tmp_path / "precise.keras")
    with pytest.raises(ModelError, match="an implementation for Conv") as refusal:
        export.export(ExportRequest(tmp_path / "precise.keras"), Store())
    assert str(refusal.value).startswith(f"{tmp_path}/precise.onnx: expected a whole ONNX file")
    assert names_beside(tmp_path / "precise.keras") == ["precise.keras"]


def test_an_existing_file_is_refused_unless_forced(model):
    output = model.with_suffix(".onnx")
    output.write_bytes(b"old")
    with pytest.raises(OutputExistsError, match="--force"):
        export.export(ExportRequest(model), Store())
    assert output.read_bytes() == b"old"
    export.export(ExportRequest(model, force=True), Store())
    assert EXPORTER.open(output).card.class_names == tuple("0123456789")


def test_the_model_itself_is_never_replaced(model):
    before = model.read_bytes()
    with pytest.raises(UsageError):
        export.export(ExportRequest(model, output=model, force=True), Store())
    assert model.read_bytes() == before


@pytest.fixture
def run(model, trained_run):
    """A run with the small model, and another file."""
    shutil.copy(trained_run.path / "run.json", model.parent)
    (model.parent / "other.onnx").write_bytes(b"mine")
    return model.parent


def test_a_run_s_own_export_may_be_replaced_and_another_file_may_not(model, run, trained_run):
    for _ in range(2):
        assert export.export(ExportRequest(run), Store()).path == run / "model.onnx"
    with pytest.raises(OutputExistsError):
        export.export(ExportRequest(run, output=run / "other.onnx"), Store())
    card = EXPORTER.open(run / "model.onnx").card
    assert card == replace(
        trained_run.card(),
        source_sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        exporter="onnx",
        exporter_options={"opset": 18},
    )
    assert (run / "other.onnx").read_bytes() == b"mine"


def test_a_run_s_own_export_with_other_options_is_not_replaced_unless_forced(run):
    older = ExportFormat(options={"opset": "13"})
    export.export(ExportRequest(run), Store())
    with pytest.raises(OutputExistsError, match="--force"):
        export.export(ExportRequest(run, older), Store())
    export.export(ExportRequest(run, older, force=True), Store())
    export.export(ExportRequest(run, older), Store())
    with pytest.raises(OutputExistsError, match="--force"):
        export.export(ExportRequest(run), Store())
    assert EXPORTER.open(run / "model.onnx").card.exporter_options == {"opset": 13}


def test_what_else_a_run_has_in_the_place_of_its_export_is_not_replaced(run):
    (run / "model.onnx").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="--force"):
        export.export(ExportRequest(run), Store())
    assert (run / "model.onnx").read_bytes() == b"mine"


def test_a_place_that_can_not_be_written_is_refused(model, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose another place"):
        export.export(ExportRequest(model, output=tmp_path / "file" / "a.onnx"), Store())


def test_an_exported_model_is_not_exported_again(trained_run):
    with pytest.raises(UsageError, match="the model it was exported from"):
        export.export(ExportRequest(trained_run.exported), Store())


def test_an_unknown_exporter_is_answered_with_the_nearest(model):
    with pytest.raises(PluginError, match="did you mean onnx"):
        export.export(ExportRequest(model, ExportFormat("onxn")), Store())
