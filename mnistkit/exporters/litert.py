"""The LiteRT exporter: `.tflite` files for phones, browsers and small computers."""

from __future__ import annotations

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.arrays import Images
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import card_of
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.onnx_file import MAX_CARD_BYTES
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError, UsageError
from mnistkit.exporters import tflite
from mnistkit.exporters.runtimes import Runtime, read_content
from mnistkit.exporters.separate import open_separately
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
    """Return a classifier that runs a `.tflite` file in LiteRT, which a damaged one may crash.

    Raises:
        MissingError: LiteRT is missing or too old.
        ModelError: The file is missing, damaged, without a card or with other inputs.
    """
    RUNTIME.require()
    card = read_card(path)
    program = "mnistkit.exporters.litert_process"
    # With -P, no module in the working directory is imported.
    words = (sys.executable, "-P", "-m", program, str(path), str(len(card.class_names)))
    return open_separately(path, words, card)


def read_card(path: Path) -> Card:
    """Return the card in a `.tflite` file.

    Raises:
        ModelError: The file is missing or damaged, or has no card.
    """
    content = read_content(path)
    return card_of(path, lambda: _stored_card(content))


EXPORTER = Exporter(
    summary="TensorFlow Lite, for LiteRT on phones and in browsers",
    suffix=".tflite",
    write=write,
    open=open_file,
    options={"precision": PRECISIONS},
    quantises=lambda options: options["precision"] == "int8",
)


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
