"""Files that are no whole Keras model, and networks that ONNX can't hold."""

from __future__ import annotations

import json
import warnings
import zipfile

import h5py
import numpy as np
import pytest
from foreign import network
from permissions import reachable_folder, refused

from mnistkit.core.models import keras_file, tensorflow
from mnistkit.core.models.foreign_file import open_foreign
from mnistkit.core.models.run_folder import read
from mnistkit.errors import ModelError, UsageError
from mnistkit.exporting import parity
from mnistkit.fetching.store import Store
from mnistkit.importing.network import network_of
from mnistkit.importing.run import import_model
from mnistkit.importing.source import ImportRequest
from mnistkit.importing.trial import Asked

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("offline")]


def refuse(path, said):
    with pytest.raises(ModelError, match=said) as refusal:
        open_foreign(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_saved_model_is_told_to_come_as_a_file_of_keras(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    for path in (tmp_path, tmp_path / "saved_model.pb"):
        refuse(path, r"a SavedModel, .* save the model as \.keras or \.h5")


def test_a_file_that_may_not_be_read_is_refused():
    with reachable_folder() as folder:
        path = folder / "own.weights"
        path.touch()
        with refused(path):
            refuse(path, "no permission$")


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ('{"class_name": "Sequential", ', r"received a damaged one \(Expecting"),
        (" " * (keras_file.MOST_CONFIGURATION + 1), "its configuration has more than"),
    ],
    ids=["cut off", "too long"],
)
def test_a_damaged_configuration_in_hdf5_is_refused(tmp_path, configuration, said):
    # Only the newer format of HDF5 has attributes of any size.
    with h5py.File(tmp_path / "own.h5", "w", libver="latest") as file:
        file.attrs["model_config"] = configuration
    refuse(tmp_path / "own.h5", said)


@pytest.mark.parametrize("metadata", [None, b"{}", b"no JSON", b'{"keras_version": "3.0.0"}'])
def test_a_file_that_no_keras_opens_is_to_be_built_anew_whatever_its_metadata(tmp_path, metadata):
    network().save(tmp_path / "whole.keras")
    with (
        zipfile.ZipFile(tmp_path / "whole.keras") as whole,
        zipfile.ZipFile(tmp_path / "own.keras", "w") as own,
    ):
        configuration = json.loads(whole.read("config.json"))
        configuration["config"]["layers"][-1]["config"]["unknown"] = 1
        own.writestr("config.json", json.dumps(configuration))
        own.writestr("model.weights.h5", whole.read("model.weights.h5"))
        if metadata is not None:
            own.writestr("metadata.json", metadata)
    refuse(tmp_path / "own.keras", "build the model of Keras's own layers, and save it again")


def test_a_model_that_was_never_called_has_no_input(tmp_path):
    layers = tensorflow.import_keras().layers
    path = tmp_path / "own.keras"
    with warnings.catch_warnings(action="ignore"):
        tensorflow.import_keras().Sequential([layers.Flatten(), layers.Dense(10)]).save(path)
    with pytest.raises(ModelError, match="that was never called; call it on an image"):
        network_of(path, open_foreign(path))
    with pytest.raises(ModelError, match="received Sequential; wrap it with `mnistkit import"):
        keras_file.open_model(path)


def test_the_first_layer_of_a_model_within_a_model_tells_the_range(tmp_path):
    keras = tensorflow.import_keras()
    inner = network(first=[keras.layers.Rescaling(1 / 255)])
    outer = keras.Sequential([keras.Input((28, 28)), inner])
    assert network_of(tmp_path, outer).known_range == "0-255"
    assert network_of(tmp_path, network()).known_range is None


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Import a model that was saved, with an export that is proved on few images."""
    monkeypatch.setattr(parity, "PROOF_IMAGES", 50)

    def call(model, **asked):
        model.save(tmp_path / "own.keras")
        asked = {"asked": Asked("0-1", "bright", "none"), **asked}
        request = ImportRequest(tmp_path / "own.keras", output=tmp_path / "run", **asked)
        return import_model(request, Store(), lambda _stage: None)

    return call


def test_outputs_that_are_no_numbers_are_refused(bring, tmp_path):
    model = network()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    with pytest.raises(ModelError, match="received NaN or infinity"):
        bring(model)
    assert not (tmp_path / "run").exists()


def test_a_dataset_has_its_own_class_names(bring, tmp_path):
    with pytest.raises(UsageError, match="expected --classes as mnist-sample has them") as refusal:
        bring(network(), dataset="mnist-sample", classes=tuple("9876543210"))
    assert "(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), received 9, 8, 7" in str(refusal.value)
    assert not (tmp_path / "run").exists()


def resizing(interpolation):
    """A network that makes its images smaller, by an interpolation that ONNX has not."""
    keras = tensorflow.import_keras()
    return network((28, 28, 1), first=[keras.layers.Resizing(19, 19, interpolation)])


@pytest.mark.parametrize(
    ("interpolation", "kind", "said"),
    [
        # A mean of whole pixels, where ONNX takes the nearest.
        ("area", parity.ParityError, "model.onnx was not written"),
        ("lanczos3", ModelError, "operators that ONNX has"),
    ],
)
def test_what_has_no_equal_in_onnx_is_a_whole_run_without_an_export(
    bring, tmp_path, interpolation, kind, said
):
    with pytest.raises(kind, match=said) as refusal:
        bring(resizing(interpolation))
    assert ".mnistkit-tmp-" not in str(refusal.value)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["model.keras", "run.json"]
    assert read(tmp_path / "run").finished
