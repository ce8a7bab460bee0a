"""Training the network of an imported model, which no architecture builds."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np
import pytest
from asking import make_request
from foreign import network

from mnistkit.core.models import keras_file, tensorflow
from mnistkit.errors import UsageError
from mnistkit.fetching.store import Store
from mnistkit.importing.run import import_model
from mnistkit.importing.source import ImportRequest
from mnistkit.importing.trial import Asked
from mnistkit.training import setup


@pytest.fixture
def bring(tmp_path):
    """Import a network with two rates of dropout; return its run."""

    def call(classes):
        layers = tensorflow.import_keras().layers
        model = network(first=[layers.Dropout(0.5), layers.Dropout(0.2)])
        model.save(tmp_path / "own.keras")
        request = ImportRequest(
            tmp_path / "own.keras",
            classes,
            asked=Asked("0-1", "bright", "none"),
            output=tmp_path / "own",
            export=False,
        )
        return import_model(request, Store(), lambda _stage: None)

    return call


def prepared(run, **asked):
    """The training that begins with a run."""
    request = make_request(
        dataset="mnist-sample",
        init=str(run.path),
        limit=50,
        output=run.path.parent / "new",
        **asked,
    )
    with ExitStack() as claims:
        return setup.prepare(request, Store(), claims)


def rates(model):
    return [
        part["config"]["rate"]
        for part in keras_file.objects(model.get_config())
        if part["class_name"] == "Dropout"
    ]


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("asked", "expected"), [({}, [0.5, 0.2]), ({"dropout": 0.25}, [0.25, 0.1])]
)
def test_its_rates_of_dropout_keep_their_shares_of_the_highest(bring, asked, expected):
    run = bring(tuple("0123456789"))
    training = prepared(run, **asked)
    assert training.settings.dropout == max(expected)
    model = training.learner.model
    assert rates(model) == pytest.approx(expected)
    opened = keras_file.open_model(run.model)
    for received, original in zip(model.get_weights(), opened.get_weights(), strict=True):
        np.testing.assert_array_equal(received, original)


@pytest.mark.usefixtures("offline")
def test_images_of_other_classes_are_refused(bring):
    run = bring(tuple("abcdefghij"))
    with pytest.raises(UsageError, match="expected images of the classes a, b, c, d") as refusal:
        prepared(run)
    assert "received 0, 1, 2" in str(refusal.value)
    assert not (run.path.parent / "new").exists()
