"""Opening an ONNX file in onnxruntime."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import card_of
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.interruption import run_interruptibly
from mnistkit.core.models.onnx_session import FATAL, open_session
from mnistkit.errors import ModelError, first_line, reason_of

INPUT, OUTPUT, BATCH = "image", "probabilities", "batch"

METADATA_KEY = "mnistkit"
READER_KEY = "mnistkit_reader"
"""Where the card of a classifier, and that of a page reader, stands in a file's metadata."""
MAX_CARD_BYTES = 2**20

ADVICE = (
    "name a file that `mnistkit export` wrote; `mnistkit import` takes the .keras or .h5 file that "
    "this one was made from"
)


def open_file(path: Path, threads: int = 0) -> Classifier:
    """Return a classifier that runs an ONNX file in onnxruntime; it reads no other file.

    Args:
        path: The file.
        threads: How many one call may use; 0 for one on each core it may use.

    Raises:
        ModelError: Missing, damaged, with other inputs or outputs, without a card, or with
            weights in another file.
    """
    try:
        session = open_session(content_of(path), threads)
        # Texts in the file need not be UTF-8, which shows when they are asked for.
        metadata = session.get_modelmeta().custom_metadata_map
        inputs, outputs = _described(session.get_inputs()), _described(session.get_outputs())
    except OSError as error:
        raise ModelError(f"{path}: {reason_of(error)}") from error
    # onnxruntime's exceptions share no base of their own.
    except Exception as error:
        raise ModelError(
            f"{path}: expected a whole ONNX file with its weights inside, received one that "
            f"can't be opened ({first_line(error)}); export the model again"
        ) from error
    if READER_KEY in metadata:
        raise ModelError(
            f"{path}: expected a classifier, received a page reader; read pages with it: "
            "`mnistkit read --model`"
        )
    card = _card(path, metadata, _check_interface(path, inputs, outputs))
    infer, stop = _inference(session)
    return Classifier(card, infer, path, stop)


def _inference(session: Any) -> tuple[Callable[[Images], Probabilities], Callable[[], None]]:
    """Return a function that infers, and one that ends it: a model's loop may never end itself."""
    import onnxruntime as ort

    running: set[Any] = set()

    def infer(images: Images) -> Probabilities:
        options = ort.RunOptions()
        options.log_severity_level = FATAL
        running.add(options)
        run = partial(session.run, [OUTPUT], {INPUT: images}, options)
        try:
            probabilities: Probabilities = run_interruptibly(run, stop)[0]
        finally:
            running.discard(options)
        return probabilities

    def stop() -> None:
        for options in tuple(running):
            options.terminate = True

    return infer, stop


def content_of(path: Path) -> bytes:
    """Return the bytes of a file."""
    # A device or a pipe may have no end.
    if path.exists() and not path.is_file():
        raise ValueError("expected a file")
    return path.read_bytes()


def _described(values: Sequence[Any]) -> list[tuple[str, str, list[Any]]]:
    return [(value.name, value.type, value.shape) for value in values]


def _check_interface(path: Path, inputs: list[Any], outputs: list[Any]) -> int:
    """Return the number of classes; raise `ModelError` for other inputs or outputs."""
    match inputs, outputs:
        case (
            [("image", "tensor(uint8)", [str() | None, 28, 28])],
            [("probabilities", "tensor(float)", [str() | None, int(classes)])],
        ):
            return classes
    raise ModelError(
        f"{path}: expected the input `image` uint8 [batch, 28, 28] and the output "
        f"`probabilities` float32 [batch, classes], received {reprlib.repr(inputs)} and "
        f"{reprlib.repr(outputs)}; {ADVICE}"
    )


def _card(path: Path, metadata: dict[str, str], classes: int) -> Card:
    """Return the card in a file's metadata; raise `ModelError` where it does not fit the model."""
    if METADATA_KEY not in metadata:
        raise ModelError(
            f"{path}: expected the metadata entry `{METADATA_KEY}`, received "
            f"{reprlib.repr(sorted(metadata)) if metadata else 'none'}; {ADVICE}"
        )
    card = card_of(path, partial(stored_json.parse, metadata[METADATA_KEY], MAX_CARD_BYTES))
    if len(card.class_names) != classes:
        raise ModelError(
            f"{path}: expected {classes} class names, as many as the model has outputs, received "
            f"{len(card.class_names)}; export the model again"
        )
    return card
