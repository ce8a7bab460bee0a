"""The page reader's network: from a page's pixels to outputs for each cell of 4 x 4 pixels.

It is fully convolutional, so it trains on crops and reads pages of any size. For each cell it tells
whether the middle of a digit or of another mark lies in it, which digit that is, whether it is
printed, and where its box is.

Reference:
    Zhou, Wang, Kraehenbuehl: Objects as points. 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from mnistkit.core.models.tensorflow import import_keras
from mnistkit.reading.detection import OUTPUTS

BLOCK, WINDOW = 4, 17
"""The window of the normalisation: 17 x 17 blocks of 4 x 4 pixels around a pixel's own block."""

# The least deviation, for grey from 0 to 1 and as a share of the page's mean deviation, so that
# noise is not amplified.
LEAST_DEVIATION, LEAST_SHARE = 0.03, 0.5
MOST_DEVIATIONS = 6.0

MOMENTUM = 0.97
# The initial logit of `heat`.
FIRST_HEAT = -3.5


@dataclass(frozen=True)
class Stage:
    """A strided convolution and the residual blocks that follow it."""

    channels: int
    blocks: int


FIRST_CHANNELS = 16
STAGES = (Stage(40, 1), Stage(64, 2), Stage(96, 2))
"""The stages at strides 4, 8 and 16."""

MERGED_CHANNELS = (64, 56)
"""Channels of the merged features at strides 8 and 4."""

CLASS_CHANNELS = 64


def build() -> Any:
    """Return the Keras model for training: from uint8 (n, height, width) to logits and boxes.

    Height and width are multiples of 16. The outputs are a dictionary with the names of
    `OUTPUTS`, each float32 (n, height / 4, width / 4, channels).
    """
    keras = import_keras()
    page = keras.Input((None, None), dtype="uint8", name="page")
    return keras.Model(page, _heads(_features(_normalised(page))), name="reader")


def with_probabilities(model: Any) -> Any:
    """Return the model for inference: as `build`, with probabilities in place of logits."""
    import keras
    from keras import ops

    last = {"heat": ops.sigmoid, "classes": ops.softmax, "printed": ops.sigmoid}
    outputs = {name: last.get(name, _same)(value) for name, value in model.output.items()}
    return keras.Model(model.input, outputs, name=model.name)


def _same(value: Any) -> Any:
    return value


def _normalised(page: Any) -> Any:
    """Return pixels standardised by their surroundings, so that light and paper matter less."""
    from keras import layers, ops

    grey = layers.Rescaling(1 / 255)(page)[..., None]
    mean, square = _mean_around(grey), _mean_around(grey * grey)
    # Rounding may give a negative variance.
    deviation = ops.sqrt(ops.maximum(square - mean * mean, 0.0))
    usual = ops.mean(deviation, axis=(1, 2, 3), keepdims=True)
    scale = ops.maximum(deviation, LEAST_SHARE * usual) + LEAST_DEVIATION
    mean, scale = layers.UpSampling2D(BLOCK)(mean), layers.UpSampling2D(BLOCK)(scale)
    return ops.clip((grey - mean) / scale, -MOST_DEVIATIONS, MOST_DEVIATIONS)


def _mean_around(grey: Any) -> Any:
    """Return the mean of the window around each block, by separable pools.

    A single pool with so large a window is about ten times as slow.
    """
    from keras import layers

    grey = layers.AveragePooling2D(BLOCK)(grey)
    for window in ((1, WINDOW), (WINDOW, 1)):
        grey = layers.AveragePooling2D(window, strides=1, padding="same")(grey)
    return grey


def _features(pixels: Any) -> Any:
    """Return the features of each cell, merged from all strides."""
    from keras import layers

    features = _convolution(pixels, FIRST_CHANNELS, side=5, stride=2)
    levels = []
    for stage in STAGES:
        features = _convolution(features, stage.channels, side=3, stride=2)
        for _ in range(stage.blocks):
            features = _residual(features, stage.channels)
        levels.append(features)
    *finer, merged = levels
    for level, channels in zip(reversed(finer), MERGED_CHANNELS, strict=True):
        coarse = layers.UpSampling2D(2)(_convolution(merged, channels, side=1))
        merged = coarse + _convolution(level, channels, side=1)
        merged = _convolution(merged, channels, side=3)
    return merged


def _heads(features: Any) -> dict[str, Any]:
    """Return the outputs by name; one convolution computes all but `classes`."""
    import keras
    from keras import layers

    shared = [name for name in OUTPUTS if name != "classes"]
    ends = list(accumulate(OUTPUTS[name] for name in shared))
    first = [FIRST_HEAT] * OUTPUTS["heat"] + [0.0] * (ends[-1] - OUTPUTS["heat"])
    bias = keras.initializers.Constant(first)
    marks = layers.Conv2D(ends[-1], 1, bias_initializer=bias)(features)
    digits = layers.Conv2D(OUTPUTS["classes"], 1)(_convolution(features, CLASS_CHANNELS, side=1))
    parts = {
        name: marks[..., end - OUTPUTS[name] : end] for name, end in zip(shared, ends, strict=True)
    }
    return {"classes": digits, **parts}


def _residual(features: Any, channels: int) -> Any:
    from keras import layers

    change = _convolution(_convolution(features, channels, side=3), channels, side=3, last=True)
    return layers.ReLU()(features + change)


def _convolution(
    features: Any, channels: int, side: int, stride: int = 1, *, last: bool = False
) -> Any:
    """Return features after a convolution and batch normalisation, and ReLU unless `last`."""
    from keras import layers

    features = layers.Conv2D(channels, side, stride, padding="same", use_bias=False)(features)
    features = layers.BatchNormalization(momentum=MOMENTUM)(features)
    return features if last else layers.ReLU()(features)
