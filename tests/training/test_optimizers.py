"""Optimizers, schedules and averaged weights, against what their definitions say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from asking import make_request

from mnistkit.core.models import tensorflow
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture
from mnistkit.training import optimizers
from mnistkit.training.settings import from_request

STEPS = 10
PLAIN = Architecture("a network", Recipe(), build=print)


def make_model(**chosen):
    """One weight of 1, and a gradient that is whatever is said."""
    keras = tensorflow.import_keras()
    number = keras.Input((1,))
    model = keras.Model(number, keras.layers.Dense(1, use_bias=False)(number))
    model.trainable_variables[0].assign([[1.0]])
    settings = from_request(make_request("cnn", learning_rate=0.1, **chosen), PLAIN, "mnist-sample")
    optimizers.compile_model(model, settings, STEPS)
    model.optimizer.build(model.trainable_variables)
    return model


def walk(model, gradients):
    """The weight after each step."""
    import tensorflow as tf

    (variable,) = model.trainable_variables
    weights = []
    for gradient in gradients:
        model.optimizer.apply([tf.constant([[gradient]], tf.float32)], [variable])
        weights.append(float(variable.numpy()[0, 0]))
    return weights


def rates(schedule):
    model = make_model(schedule=schedule, optimizer="sgd", momentum=0.0)
    weights = [1.0, *walk(model, [1.0] * STEPS)]
    return -np.diff(weights)


def test_a_constant_rate_stays():
    np.testing.assert_allclose(rates("constant"), 0.1, rtol=1e-5)


def test_a_cosine_goes_down_to_nothing():
    expected = [0.05 * (1 + math.cos(math.pi * step / STEPS)) for step in range(STEPS)]
    np.testing.assert_allclose(rates("cosine"), expected, atol=1e-6)


def test_one_cycle_goes_straight_up_for_three_tenths_and_down_along_a_cosine():
    start = 0.1 / 25
    up = [start + (0.1 - start) * step / 3 for step in range(3)]
    down = [0.05 * (1 + math.cos(math.pi * step / 7)) for step in range(7)]
    np.testing.assert_allclose(rates("one-cycle"), up + down, atol=1e-6)


def test_adam_keeps_its_first_moment_by_the_momentum():
    # After a gradient of 1 and one of 0 the corrected moments are m(1-m)/(1-m^2) and
    # 0.999 * 0.001 / (1 - 0.999^2).
    weights = walk(make_model(optimizer="adam", momentum=0.7), [1.0, 0.0])
    second = (0.7 * 0.3 / (1 - 0.49)) / math.sqrt(0.999 * 0.001 / (1 - 0.999**2))
    assert weights == pytest.approx([0.9, 0.9 - 0.1 * second], abs=1e-4)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weight_decay_takes_a_share_of_the_weight_beside_the_gradient(optimizer):
    model = make_model(optimizer=optimizer, weight_decay=0.5)
    assert walk(model, [0.0, 0.0]) == pytest.approx([0.95, 0.95**2], abs=1e-6)


def test_sgd_looks_ahead_along_its_momentum():
    # Nesterov: v = 0.9 v - 0.1 g; w = w + 0.9 v - 0.1 g.
    weights = walk(make_model(optimizer="sgd", momentum=0.9), [1.0, 1.0])
    assert weights == pytest.approx([1 - 0.19, 1 - 0.19 - 0.271], abs=1e-6)


def test_the_average_of_the_weights_forgets_by_e_over_its_share_of_the_steps():
    model = make_model(optimizer="sgd", momentum=0.0, ema=0.2)
    weights = walk(model, [1.0, -2.0, 3.0])
    decay = math.exp(-1 / (0.2 * STEPS))
    expected = weights[0]
    for weight in weights[1:]:
        expected = decay * expected + (1 - decay) * weight
    (variable,) = model.trainable_variables
    for _ in range(2):
        optimizers.take_average(model)
        assert float(variable.numpy()[0, 0]) == pytest.approx(expected, abs=1e-6)


def test_without_an_average_the_weights_are_the_last():
    model = make_model(optimizer="sgd", momentum=0.0)
    last = walk(model, [1.0, -2.0])[-1]
    optimizers.take_average(model)
    assert float(model.trainable_variables[0].numpy()[0, 0]) == pytest.approx(last)
