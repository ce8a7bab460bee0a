"""The network of the bundled model: its shape and its size."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.core.models import keras_classifier, tensorflow
from mnistkit.training import network

# Weights of each convolution: width before, width after.
CONVOLUTIONS = [(1, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128)]
SIDES = [28, 28, 14, 14, 7, 7]


@pytest.fixture(scope="module")
def keras():
    return tensorflow.import_keras()


@pytest.fixture(scope="module")
def vgg(keras):
    keras.utils.set_random_seed(0)
    return network.build("vgg", 10)


def layers(model, kind):
    return [layer for layer in model.layers if type(layer).__name__ == kind]


def test_its_convolutions_come_in_pairs_at_half_the_size_each(vgg):
    convolutions = layers(vgg, "Conv2D")
    assert [layer.output.shape[1:] for layer in convolutions] == [
        (side, side, width) for side, (_, width) in zip(SIDES, CONVOLUTIONS, strict=True)
    ]
    assert {layer.kernel_size for layer in convolutions} == {(3, 3)}
    assert len(layers(vgg, "BatchNormalization")) == len(CONVOLUTIONS)


def test_it_has_289_066_parameters_of_which_288_170_are_learned(vgg):
    kernels = sum(9 * before * after for before, after in CONVOLUTIONS)
    scales = sum(2 * after for _, after in CONVOLUTIONS)
    learned = kernels + scales + 10 * (128 + 1)
    assert learned == 288_170
    assert sum(int(np.prod(weight.shape)) for weight in vgg.trainable_weights) == learned
    assert vgg.count_params() == learned + scales == 289_066
    assert sum(layer.parameters for layer in keras_classifier.layer_table(vgg)) == 289_066


def test_a_digit_is_answered_alike_alone_and_among_others(vgg, sample):
    together = vgg(sample.images[:8], training=False).numpy()
    alone = [vgg(sample.images[i : i + 1], training=False).numpy()[0] for i in range(8)]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
