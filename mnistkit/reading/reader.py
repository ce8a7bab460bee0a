"""The page reader: from a page to the marks on it, in onnxruntime."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core import stored_json
from mnistkit.core.models.choice import BUNDLED
from mnistkit.core.models.interruption import run_interruptibly
from mnistkit.core.models.onnx_file import MAX_CARD_BYTES, METADATA_KEY, READER_KEY, content_of
from mnistkit.core.models.onnx_session import FATAL, open_session
from mnistkit.core.models.reader_card import ReaderCard
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.errors import ModelError, first_line, reason_of
from mnistkit.reading.detection import OUTPUTS, THRESHOLD, Answer, Marks, decode, padded

INPUT = "page"
READER_FILE = "reader.onnx"
"""The exported reader's name in the folder of its training."""

BUNDLED_READER = Path(__file__).parents[1] / "assets" / "reader" / READER_FILE


@dataclass(frozen=True, repr=False)
class Reader:
    """A network that finds the marks of a page.

    Args:
        card: What it says of itself.
        path: Its file.
        session: onnxruntime's.
    """

    card: ReaderCard
    path: Path
    session: Any

    def look(self, page: GreyPicture, threshold: float = THRESHOLD) -> Marks:
        """Return the marks of a page, uint8 (height, width), as large as it is given.

        It reads digits best that are 20 to 36 pixels high.

        Raises:
            ModelError: The network fails while running.
        """
        return decode(self.answer(page), threshold)

    def answer(self, page: GreyPicture) -> Answer:
        """Return what the network says of each cell of a page; see `look`."""
        import onnxruntime as ort

        options = ort.RunOptions()
        options.log_severity_level = FATAL
        run = partial(self.session.run, [*OUTPUTS], {INPUT: padded(page)[np.newaxis]}, options)

        def stop() -> None:
            options.terminate = True

        try:
            values = run_interruptibly(run, stop)
        # Its exceptions share no base of their own.
        except Exception as error:
            raise ModelError(
                f"{self.path}: expected a page reader that runs, received one that fails on a "
                f"page ({first_line(error)}); choose another --model"
            ) from error
        return {name: value[0] for name, value in zip(OUTPUTS, values, strict=True)}


def choose_reader(model: str | os.PathLike[str]) -> Path:
    """Return the file of a page reader: of `bundled`, in a training's folder, or named itself.

    Raises:
        ModelError: A folder without a reader.
    """
    path = BUNDLED_READER if model == BUNDLED else Path(model)
    if not path.is_dir():
        return path
    if not (path / READER_FILE).is_file():
        raise ModelError(
            f"{path}: expected a page reader, or the folder of a finished `mnistkit train-reader`, "
            f"received a folder without {READER_FILE}; name `{BUNDLED}` or another reader"
        )
    return path / READER_FILE


def open_reader(path: Path, threads: int = 0) -> Reader:
    """Open an exported page reader in onnxruntime; it reads no other file.

    Args:
        path: An ONNX file that `mnistkit train-reader` wrote.
        threads: How many one call may use; 0 for one on each core it may use.

    Raises:
        ModelError: Missing, damaged, a classifier, or of another form.
    """
    try:
        session = open_session(content_of(path), threads)
        # Texts in the file need not be UTF-8, which shows when they are asked for.
        metadata = session.get_modelmeta().custom_metadata_map
        values = [*session.get_inputs(), *session.get_outputs()]
        form = [(value.name, value.type, tuple(value.shape)) for value in values]
    except OSError as error:
        raise ModelError(
            f"{path}: expected a page reader, received {reason_of(error)}; name `{BUNDLED}` or a "
            "file that `mnistkit train-reader` wrote"
        ) from error
    # onnxruntime's exceptions share no base of their own.
    except Exception as error:
        raise ModelError(
            f"{path}: expected a page reader as an ONNX file, received one that can't be opened "
            f"({first_line(error)}); name a file that `mnistkit train-reader` wrote"
        ) from error
    card = _card(path, metadata)
    _check_form(path, form)
    return Reader(card, path, session)


def _card(path: Path, metadata: dict[str, str]) -> ReaderCard:
    if READER_KEY not in metadata:
        received = "a classifier" if METADATA_KEY in metadata else "another ONNX file"
        raise ModelError(
            f"{path}: expected a page reader, received {received}; name `bundled` or a file that "
            "`mnistkit train-reader` wrote"
        )
    try:
        return ReaderCard.from_json(stored_json.parse(metadata[READER_KEY], MAX_CARD_BYTES))
    except (ModelError, ValueError) as error:
        raise ModelError(f"{path}: {error}") from error


def _check_form(path: Path, form: Sequence[tuple[str, str, tuple[Any, ...]]]) -> None:
    """Raise `ModelError` for other inputs or outputs than a page reader has."""
    expected: dict[str, Any] = {INPUT: ("tensor(uint8)", 3, None)}
    expected |= {name: ("tensor(float)", 4, channels) for name, channels in OUTPUTS.items()}
    received: dict[str, Any] = {
        name: (kind, len(shape), None if name == INPUT else shape[-1]) for name, kind, shape in form
    }
    if received != expected:
        raise ModelError(
            f"{path}: expected the input `{INPUT}` and the outputs {', '.join(OUTPUTS)} of a page "
            f"reader, received {reprlib.repr(form)}; train the reader again"
        )
