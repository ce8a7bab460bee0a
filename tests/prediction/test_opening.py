"""Opening a model: by which exporter, and what is said where that is not clear."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from networks import small_network
from permissions import reachable_folder, refused

from mnistkit.core.models import tensorflow
from mnistkit.core.models.card_file import CARD_FILE, write_card
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.run_folder import RECORD_FILE
from mnistkit.errors import ModelError
from mnistkit.prediction.opening import open_any, open_served


def test_an_onnx_file_whose_exporter_is_not_installed_is_opened_all_the_same(
    bundled, sample, tmp_path
):
    path = tmp_path / "model.onnx"
    onnx.save(small_network(asdict(replace(bundled.card, exporter="absent"))), path)
    opened = open_served(path)
    assert opened.card.exporter == "absent"
    # The network gives each of ten classes the mean of the pixels.
    received = opened.predict(sample.images[:3])
    expected = sample.images[:3].mean(axis=(1, 2), keepdims=True)[..., 0] / 10
    np.testing.assert_allclose(received, np.repeat(expected, 10, axis=1), rtol=1e-5)


def test_a_folder_whose_card_names_no_exporter_is_refused(bundled, tmp_path):
    write_card(tmp_path, replace(bundled.card, exporter=None))
    with pytest.raises(ModelError, match=r"card\.json: expected the name of its exporter"):
        open_served(tmp_path)


def test_a_folder_whose_card_may_not_be_read_is_refused(bundled):
    with reachable_folder() as folder:
        write_card(folder, bundled.card)
        with (
            refused(folder / CARD_FILE),
            pytest.raises(ModelError, match=r"card\.json: no permission$"),
        ):
            open_served(folder)


def test_a_run_whose_record_may_not_be_read_is_refused():
    with reachable_folder() as folder:
        record = shutil.copy(BUNDLED_RUN / RECORD_FILE, folder)
        with (
            refused(Path(record)),
            pytest.raises(ModelError, match=r"run\.json: no permission$"),
        ):
            open_any(folder)


def test_a_run_without_a_model_yet_names_the_command_that_goes_on(tmp_path):
    run = tmp_path / "two words"
    run.mkdir()
    shutil.copy(BUNDLED_RUN / RECORD_FILE, run)
    with pytest.raises(ModelError, match="train --resume") as refusal:
        open_served(run)
    assert f"`mnistkit train --resume '{run}'`" in str(refusal.value)
    assert str(run / "model.keras") in str(refusal.value)


def test_a_model_of_other_classes_than_its_run_records_is_refused(tmp_path):
    shutil.copy(BUNDLED_RUN / RECORD_FILE, tmp_path)
    keras = tensorflow.import_keras()
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    keras.Model(image, keras.layers.Dense(3, activation="softmax")(x)).save(
        tmp_path / "model.keras"
    )
    with pytest.raises(ModelError, match="expected 10 classes, as its run records, received 3"):
        open_any(tmp_path)
