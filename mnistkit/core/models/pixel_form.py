"""How a network takes the pixels of an image: their range, their ink and their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from mnistkit.core.recipe import PROBABILITY
from mnistkit.core.typed_json import Count

PixelRange = Literal["0-1", "-1-1", "0-255"]
Ink = Literal["bright", "dark"]
Fit = Literal["none", "pad", "resize"]
Output = Literal["probabilities", "logits"]

IMPORTED = "imported"
"""The architecture of an imported model, whose network is in its own file."""

FACTORS: dict[PixelRange, tuple[float, float]] = {
    "0-1": (1 / 255, 0.0),
    "-1-1": (1 / 127.5, -1.0),
    "0-255": (1.0, 0.0),
}
"""What a pixel from 0 to 255 is multiplied by, and what is added then."""


@dataclass(frozen=True)
class PixelForm:
    """The pixels that a network takes.

    Args:
        range: The values of black and white.
        ink: `bright` on black as in MNIST, or `dark` on white.
        fit: How 28x28 pixels become the network's size: by a frame of paper, by resizing, or
            not at all.
    """

    range: PixelRange
    ink: Ink
    fit: Fit

    @property
    def factor_and_offset(self) -> tuple[float, float]:
        """What a pixel from 0 to 255, bright ink on black, is multiplied by; what is added."""
        factor, offset = FACTORS[self.range]
        return (factor, offset) if self.ink == "bright" else (-factor, offset + 255 * factor)

    def __str__(self) -> str:
        paper = {"bright": "bright ink on black", "dark": "dark ink on white"}[self.ink]
        fit = {"none": "", "pad": ", padded", "resize": ", resized"}[self.fit]
        return f"{self.range}, {paper}{fit}"


@dataclass(frozen=True)
class MeasuredForm:
    """A form that was tried, and how well the network answered in it."""

    form: PixelForm
    accuracy: Annotated[float, PROBABILITY]
    nll: float | None


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The forms that were tried on images of a dataset's training split."""

    dataset: str
    images: Count
    forms: tuple[MeasuredForm, ...]


@dataclass(frozen=True, kw_only=True)
class ImportFacts:
    """The file that a run was imported from, what it takes and gives, and the proof.

    Args:
        file: Its absolute path.
        sha256: Of the file, in hexadecimal.
        input_shape: Without the batch; None is a size that is not fixed.
        input_dtype: The network's own.
        output: What the network itself gives.
        pixels: The form of its pixels.
        trial: How the form was measured; None if it was not.
        max_abs_diff: Largest difference between its probabilities and those of the run.
        proof_images: The number of images that were compared.
    """

    file: str
    sha256: str
    input_shape: tuple[int | None, ...]
    input_dtype: str
    output: Output
    pixels: PixelForm
    trial: Trial | None
    max_abs_diff: float
    proof_images: Count
