"""The ONNX file of every built-in architecture, in one runtime after the other."""

from __future__ import annotations

import itertools

import numpy as np
import onnxruntime as ort
import pytest
from onnx.reference import ReferenceEvaluator
from web_runtime import find_web_runtime

from mnistkit import plugins
from mnistkit.core.models import tensorflow
from mnistkit.core.models.card_file import write_card
from mnistkit.core.models.keras_classifier import plain_card
from mnistkit.exporters import onnx, web
from mnistkit.plugin_types import Architecture

pytestmark = pytest.mark.thorough

IMAGES = 500
# In the reference, which takes up to 0.1 s for an image.
REFERENCE_IMAGES = 100
LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")


def taught(name, images, labels):
    """A network of an architecture that tells digits apart: its last layer is fitted alone.

    Its features are as they were drawn, and its answers differ from image to image.
    """
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    model = plugins.load("architecture", name, Architecture).build(10, dropout=0.0)
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1]
    features = keras.Model(model.input, dense.input)(images, training=False).numpy()
    scale = features.std() + 1e-6
    wanted = 10 * np.eye(10)[labels] - 1
    ridge = features.T @ features + 0.1 * scale**2 * len(features) * np.eye(features.shape[1])
    kernel = np.linalg.solve(ridge, features.T @ wanted)
    dense.set_weights([kernel, *(np.zeros(10) for _ in dense.get_weights()[1:])])
    return model


@pytest.fixture(scope="module", params=plugins.names("architecture"))
def exported(request, sample, tmp_path_factory):
    """An architecture's page, which has the ONNX file, and Keras's labels of the images."""
    options = {"runtime": str(find_web_runtime())}
    model = taught(request.param, sample.images[IMAGES:], sample.class_indices[IMAGES:])
    images = sample.images[:IMAGES]
    expected = model(images, training=False).numpy().argmax(axis=1)
    assert len(set(expected)) >= 8
    folder = tmp_path_factory.mktemp(request.param)
    card = plain_card(model)
    web.write(model, card, folder, options)
    write_card(folder, card)
    return folder, images, expected


@pytest.mark.sampled(5, 2)
def test_onnxruntime_gives_the_labels_of_keras_at_every_level_and_number_of_threads(exported):
    folder, images, expected = exported
    for level, threads in itertools.product(LEVELS, (1, 2)):
        options = ort.SessionOptions()
        options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(folder / web.MODEL_FILE, options)
        (received,) = session.run(None, {"image": images})
        assert (received.argmax(axis=1) == expected).all(), (level, threads)


@pytest.mark.sampled(5, 3)
def test_the_reference_gives_the_labels_of_keras(exported):
    folder, images, expected = exported
    reference = ReferenceEvaluator(str(folder / web.MODEL_FILE))
    (received,) = reference.run(None, {"image": images[:REFERENCE_IMAGES]})
    assert (received.argmax(axis=1) == expected[:REFERENCE_IMAGES]).all()


def test_openvino_gives_the_labels_of_keras(exported):
    openvino = pytest.importorskip("openvino", reason="needs OpenVINO: pip install openvino")
    folder, images, expected = exported
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(folder / web.MODEL_FILE, "CPU", settings)
    assert (compiled(images)[onnx.OUTPUT].argmax(axis=1) == expected).all()


@pytest.mark.sampled(5, 4)
def test_onnxruntime_web_gives_the_labels_of_keras_under_node(exported):
    folder, images, expected = exported
    received = web.open_under_node(folder).predict(images, batch_size=50)
    assert (received.argmax(axis=1) == expected).all()
