"""Printing predictions as they come, and writing their images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.cli.predict.formats import (
    TELLS_ERRORS,
    JsonDocument,
    Lines,
    PredictionFormat,
    picture_lines,
)
from mnistkit.cli.printer import Printer
from mnistkit.cli.served_model import warn_of_several
from mnistkit.errors import MnistkitError

if TYPE_CHECKING:
    # These import NumPy and Pillow, which would slow the help of every command.
    from mnistkit.cli.progress.display import Display
    from mnistkit.prediction.records import Prediction


@dataclass(frozen=True)
class Shown:
    """What is shown of the predictions.

    Args:
        form: The format.
        show: Whether the model's inputs are printed.
        save_image: The folder that they are written to, if any.
    """

    form: PredictionFormat
    show: bool
    save_image: Path | None


def print_answers(
    answering: Callable[[Callable[[], None]], Iterable[Prediction]],
    told: Lines | JsonDocument,
    shown: Shown,
    display: Display,
) -> bool:
    """Print the predictions, and write their images; return whether all pictures were read.

    Args:
        answering: Begins to predict; takes what to call while it waits.
        told: The format's lines.
        shown: What is shown.
        display: Is told of each prediction.
    """
    from mnistkit.core.holding import clear_leftovers
    from mnistkit.core.preprocessing.saving import save_picture

    clear_leftovers(shown.save_image)
    # The images are written even if nobody reads the answers.
    printer = Printer(outlives=shown.save_image is not None)
    line, record = partial(printer, output.line), partial(printer, output.data)
    all_read = True
    with _begun_and_ended(told, record):
        for prediction in _warned(answering(partial(printer, output.flush))):
            display.advance()
            if prediction.error is not None:
                all_read = False
                if shown.form not in TELLS_ERRORS:
                    output.failure(f"{prediction.source}: {prediction.error}")
            if shown.show:
                tell = line if shown.form == "text" else output.aside
                _print(picture_lines(prediction), tell)
            # Printed before saving, which may fail.
            _print(told.record(prediction), record)
            if shown.save_image is not None and prediction.image is not None:
                save_picture(prediction.image, shown.save_image, prediction.source, ".png")
    printer.end()
    return all_read


def _warned(predictions: Iterable[Prediction]) -> Iterator[Prediction]:
    """Yield predictions, and warn at the first of a picture with several digits."""
    warned = False
    for prediction in predictions:
        if prediction.several and not warned:
            warned = True
            warn_of_several(prediction.source, "predict")
        yield prediction


@contextmanager
def _begun_and_ended(told: Lines | JsonDocument, tell: Callable[[str], None]) -> Iterator[None]:
    """Print what stands before and after all records, with the error that ends them, if any."""
    _print(told.begin(), tell)
    try:
        yield
    except MnistkitError as error:
        _print(told.end(error), tell)
        raise
    _print(told.end(None), tell)


def _print(lines: Iterable[str], tell: Callable[[str], None]) -> None:
    for line in lines:
        tell(line)
