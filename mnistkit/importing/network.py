"""The input and output of a Keras model that was made elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.class_names import MAX_CLASSES, MIN_CLASSES
from mnistkit.core.models.pixel_form import Fit, PixelRange
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.errors import ModelError

SIDE = IMAGE_SHAPE[0]
SMALLEST_SIDE, LARGEST_SIDE = 8, 1024
# A frame as of LeNet-5, which takes 32x32; larger networks were given resized images.
LARGEST_PADDED = 40
CHANNELS = (1, 3)
SIZES = (2, 3)
"""The numbers of sizes that an image's shape may have, beside one for all pixels."""

# A network that begins so divides pixels from 0 to 255.
LARGEST_PIXEL_FACTOR = 0.02
PREPARING = {"InputLayer", "Reshape", "Flatten", "Permute", "Resizing", "ZeroPadding2D"}
WANTED = (
    "one input for an image, such as (28, 28), (28, 28, 1), (784,) or a square one of 1 or 3 "
    f"channels, and one output (classes,) with {MIN_CLASSES} to {MAX_CLASSES:,} classes"
)


@dataclass(frozen=True)
class Layout:
    """How the pixels of an image lie in a network's input.

    Args:
        shape: Of the input, without the batch.
        side: Pixels of a row and of a column.
        channels: 1, or 3 for the same pixels three times.
        channels_first: Whether the channels come before the rows.
    """

    shape: tuple[int, ...]
    side: int = SIDE
    channels: int = 1
    channels_first: bool = False

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The ways in which 28x28 pixels may become so many."""
        if self.side == SIDE:
            return ("none",)
        even = (self.side - SIDE) % 2 == 0
        return ("pad", "resize") if SIDE < self.side <= LARGEST_PADDED and even else ("resize",)


@dataclass(frozen=True)
class Network:
    """A Keras model made elsewhere, with one image as input and a number for each class."""

    model: Any
    layout: Layout

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of the input as the model states it, without the batch."""
        return tuple(self.model.input_shape[1:])

    @property
    def input_dtype(self) -> str:
        """The type of the input, such as `float32`."""
        return str(self.model.inputs[0].dtype)

    @property
    def classes(self) -> int:
        """The number of outputs."""
        return int(self.model.output_shape[-1])

    @property
    def known_range(self) -> PixelRange | None:
        """The range of its pixels, where its type or its first layer leaves no choice."""
        if "float" not in self.input_dtype:
            return "0-255"
        layers = (each for each in _flat(self.model) if type(each).__name__ not in PREPARING)
        first: Any = next(layers, None)
        if type(first).__name__ != "Rescaling" or not isinstance(first.scale, int | float):
            return None
        return "0-255" if abs(first.scale) < LARGEST_PIXEL_FACTOR else None


def network_of(path: Path, model: Any) -> Network:
    """Return the network of a Keras model.

    Raises:
        ModelError: It has other inputs or outputs than an image and classes.
    """
    keras = import_keras()
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        raise _unfit(path, "a model that was never called; call it on an image, and save it again")
    if len(inputs) > 1 or len(outputs) > 1:
        raise _unfit(path, f"{_count(inputs, 'input')} and {_count(outputs, 'output')}")
    shape: tuple[int | None, ...] = tuple(inputs[0].shape[1:])
    result: tuple[int | None, ...] = tuple(outputs[0].shape[1:])
    layout = _layout(shape)
    if layout is None:
        raise _unfit(path, f"an input {shape}")
    if len(result) != 1 or not MIN_CLASSES <= (result[0] or 0) <= MAX_CLASSES:
        raise _unfit(path, f"an output {result}")
    # As one tensor each, where the model has a list or a dictionary of one.
    return Network(keras.Model(inputs[0], outputs[0], name=model.name), layout)


def _unfit(path: Path, received: str) -> ModelError:
    return ModelError(f"{path}: expected {WANTED}, received {received}")


def _count(tensors: Sequence[Any], noun: str) -> str:
    return f"{len(tensors)} {noun}{'s' if len(tensors) > 1 else ''}"


def _layout(shape: tuple[int | None, ...]) -> Layout | None:
    """Return how an image lies in an input of this shape; None where it can't."""
    # A size that is not fixed may be ours; so may the number of channels.
    ours = (*IMAGE_SHAPE, 1) if len(shape) > 1 else (0,)
    whole = tuple(own if size is None else size for size, own in zip(shape, ours, strict=False))
    if len(whole) == len(shape) and math.prod(whole) == math.prod(IMAGE_SHAPE):
        return Layout(whole)
    side = math.isqrt(whole[0]) if len(shape) == 1 else whole[1] if len(shape) in SIZES else 0
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        return None
    for channels in CHANNELS:
        last, first = (side, side, channels), (channels, side, side)
        if whole in {last, first}:
            return Layout(whole, side, channels, channels_first=whole == first)
    return Layout(whole, side) if whole in {(side, side), (side**2,)} else None


def _flat(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those of models in it too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer)
        else:
            yield layer
