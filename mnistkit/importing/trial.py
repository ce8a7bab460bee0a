"""Which form of the pixels a network was trained on, measured on labelled images."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import get_args

import numpy as np

from mnistkit.core.arrays import ClassIndices
from mnistkit.core.class_names import named
from mnistkit.core.models.pixel_form import Fit, Ink, MeasuredForm, PixelForm, PixelRange, Trial
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import UsageError
from mnistkit.importing.form import Floats, Outputs, kind_of, probabilities_of
from mnistkit.importing.network import Network

TRIAL_IMAGES = 500
LEAST_ACCURACY = 0.5
LEAST_PROBABILITY = 1e-7
# Pixels of 255 times the range exaggerate each answer. Where all of them are right, that looks
# better by this much at most; a network that was trained on the larger range loses far more in the
# smaller one.
MARGIN = 0.02
OPTIONS = {"range": "--pixels", "ink": "--ink", "fit": "--fit"}
"""The option of each part of a form."""


@dataclass(frozen=True)
class Asked:
    """The parts of a form that a user or the network's file states; None is left to the trial."""

    range: PixelRange | None = None
    ink: Ink | None = None
    fit: Fit | None = None


ANYTHING = Asked()


def candidates(network: Network, asked: Asked) -> list[PixelForm]:
    """Return the forms that are possible, the more usual ones first.

    Raises:
        UsageError: A fit is asked for that the network's size does not allow.
    """
    fits = network.layout.fits
    if asked.fit is not None and asked.fit not in fits:
        side = network.layout.side
        raise UsageError(
            f"expected --fit {' or '.join(fits)} for a network of {side}x{side} pixels, received "
            f"{asked.fit}; leave it out"
        )
    known = asked.range or network.known_range
    ranges = (known,) if known else get_args(PixelRange)
    inks = (asked.ink,) if asked.ink else get_args(Ink)
    kept = (asked.fit,) if asked.fit else fits
    return [PixelForm(*parts) for parts in itertools.product(ranges, inks, kept)]


def chosen_unmeasured(forms: list[PixelForm], classes: tuple[str, ...]) -> PixelForm:
    """Return the usual form: bright ink; without a trial, the range has to be known.

    Raises:
        UsageError: Several ranges are possible.
    """
    if len({form.range for form in forms}) > 1:
        raise UsageError(
            "expected --pixels 0-1, -1-1 or 0-255, received none, and no images of the classes "
            f"{named(classes)} to measure it on; add it, or name a --dataset of these classes"
        )
    return forms[0]


def measure(forms: list[PixelForm], outputs: Outputs, images: LabelledImages, name: str) -> Trial:
    """Return how well a network answers training images in each form."""
    shown, labels = images.images[:TRIAL_IMAGES], images.class_indices[:TRIAL_IMAGES]
    tried = tuple(_measured(form, outputs(shown, form), labels, name) for form in forms)
    return Trial(dataset=images.name, images=len(shown), forms=tried)


def best(trial: Trial) -> MeasuredForm:
    """Return the first form whose negative log-likelihood is within a margin of the lowest."""
    likely = [np.inf if each.nll is None else each.nll for each in trial.forms]
    return next(
        form for form, nll in zip(trial.forms, likely, strict=True) if nll <= min(likely) + MARGIN
    )


def check_answers(found: MeasuredForm, trial: Trial) -> str | None:
    """Return a warning for a network that is mostly wrong, if the form was stated.

    Raises:
        UsageError: It is mostly wrong in each form, and a part of the form was left to the trial.
    """
    if found.accuracy >= LEAST_ACCURACY:
        return None
    right = (
        f"one that is right on {found.accuracy:.0%} of {trial.images:,} images of {trial.dataset}"
    )
    order = "name the classes in the order of its outputs with --classes"
    if len(trial.forms) == 1:
        return f"expected a model of these classes, received {right}; {order}"
    left = [
        OPTIONS[name] for name in OPTIONS if len({getattr(f.form, name) for f in trial.forms}) > 1
    ]
    raise UsageError(
        f"expected a model whose pixels can be measured, received {right} at best; {order}, or "
        f"state the form with {', '.join(left)}"
    )


def _measured(form: PixelForm, rows: Floats, labels: ClassIndices, name: str) -> MeasuredForm:
    # Numbers of another range may overflow in a network that answers well.
    if not np.isfinite(rows).all():
        return MeasuredForm(form, 0.0, None)
    rows = probabilities_of(rows, kind_of(rows, name))
    right = rows[np.arange(len(rows)), labels]
    nll = -np.log(np.maximum(right, LEAST_PROBABILITY)).mean()
    accuracy = (rows.argmax(axis=1) == labels).mean()
    return MeasuredForm(form, float(accuracy), float(nll))
