"""The LiteRT exporter: `.tflite` files for phones, browsers and small computers."""

from __future__ import annotations

import io
import json
import threading
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.cores import usable_cores
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import card_of
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.onnx_file import MAX_CARD_BYTES
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError, UsageError, first_line
from mnistkit.exporters import tflite
from mnistkit.exporters.runtimes import Runtime, hidden_output, read_content
from mnistkit.plugin_types import Exporter

RUNTIME = Runtime("ai-edge-litert", "ai_edge_litert", "2.0", "litert")
PRECISIONS = ("float32", "int8")

CARD_NAME = "mnistkit.json"
"""The card's name in the archive at the file's end, where the format keeps associated files."""


def write(
    model: Any, card: Card, path: Path, options: Options, images: Images | None = None
) -> Mapping[str, Any]:
    """Write a Keras model as a `.tflite` file with its card inside.

    Raises:
        UsageError: There is no such precision.
        ModelError: The format lacks an operator.
    """
    if options["precision"] not in PRECISIONS:
        raise UsageError(
            f"expected precision={' or precision='.join(PRECISIONS)}, received "
            f"{options['precision']}"
        )
    RUNTIME.require()
    content = tflite.convert(model) if images is None else tflite.convert_to_int8(model, images)
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as archive:
        # A date of its own would make two exports of one model differ.
        archive.writestr(zipfile.ZipInfo(CARD_NAME), json.dumps(card.to_json()))
    return {"precision": options["precision"]}


def open_file(path: Path) -> Classifier:
    """Return a classifier that runs a `.tflite` file in LiteRT.

    Raises:
        MissingError: LiteRT is missing or too old.
        ModelError: The file is missing, damaged, without a card or with other inputs.
    """
    RUNTIME.require()
    content = read_content(path)
    card = card_of(path, lambda: _stored_card(content))
    interpreter = _Interpreter(path, content)
    interpreter.check_interface(len(card.class_names))
    return Classifier(card, interpreter.infer, path)


EXPORTER = Exporter(
    summary="TensorFlow Lite, for LiteRT on phones and in browsers",
    suffix=".tflite",
    write=write,
    open=open_file,
    options={"precision": PRECISIONS},
    quantises=lambda options: options["precision"] == "int8",
)


class _Interpreter:
    """A LiteRT interpreter of a file, for one caller at a time."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path = path
        self._lock = threading.Lock()
        # It reads from these bytes for as long as it lives.
        self._content = content
        try:
            with hidden_output():
                self._native = _started(content)
        except (ValueError, RuntimeError) as error:
            raise _damaged(path, first_line(error)) from error

    def check_interface(self, classes: int) -> None:
        """Raise `ModelError` for other inputs or outputs."""
        values = [*self._native.get_input_details(), *self._native.get_output_details()]
        received = [
            (value["dtype"].__name__, [int(size) for size in value["shape_signature"]])
            for value in values
        ]
        expected = [("uint8", [-1, *IMAGE_SHAPE]), ("float32", [-1, classes])]
        if received != expected:
            raise _damaged(self._path, f"expected {expected}, received {received}")

    def infer(self, images: Images) -> Probabilities:
        with self._lock:
            (image,) = self._native.get_input_details()
            if tuple(image["shape"]) != images.shape:
                self._native.resize_tensor_input(image["index"], images.shape)
                self._native.allocate_tensors()
            self._native.set_tensor(image["index"], images)
            self._native.invoke()
            (output,) = self._native.get_output_details()
            rows: Probabilities = self._native.get_tensor(output["index"])
        # In int8 they are multiples of 1/256, which need not sum to 1.
        normalised: Probabilities = rows / rows.sum(axis=1, keepdims=True)
        return normalised


def _started(content: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=usable_cores())
    interpreter.allocate_tensors()
    return interpreter


def _stored_card(content: bytes) -> Any:
    """Return the card in the bytes of a file, as JSON values."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = archive.getinfo(CARD_NAME)
            if entry.file_size > MAX_CARD_BYTES:
                raise ValueError("the card is too large")
            text = archive.read(entry).decode()
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, EOFError) as error:
        raise ModelError(
            f"expected a .tflite file with the card {CARD_NAME} inside, received none; name a "
            "file that `mnistkit export --exporter litert` wrote"
        ) from error
    return stored_json.parse(text, MAX_CARD_BYTES)


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(
        f"{path}: expected a whole .tflite file from images to probabilities, received one that "
        f"can't be used ({reason}); export the model again"
    )
