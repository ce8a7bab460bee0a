"""The exporter for microcontrollers: int8 alone, as a file and as an array in C."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import Images
from mnistkit.core.files import sha256
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError
from mnistkit.exporters import micro_source, tflite
from mnistkit.exporters.micro_runtime import MODEL_FILE, RUNTIME, open_interpreter
from mnistkit.exporters.runtimes import read_content
from mnistkit.exporters.separate import open_separately
from mnistkit.plugin_types import Exporter

CHECKSUM_FILE = "SHA256SUMS"


def write(
    model: Any, card: Card, path: Path, _options: Options, images: Images
) -> Mapping[str, Any]:
    """Write a Keras model in int8 into a folder, with its sources in C and how to use them.

    Raises:
        ModelError: The format or its runtime lacks an operator.
    """
    RUNTIME.require()
    content = tflite.convert_to_int8_alone(model, images)
    interpreter = open_interpreter(model.name, content)
    arena = interpreter.arena_bytes()
    (path / MODEL_FILE).write_bytes(content)
    labels = card.class_names
    for name, text in micro_source.texts(content, labels, arena, interpreter.output).items():
        (path / name).write_text(text, encoding="utf-8")
    files = sorted(file.name for file in path.iterdir())
    sums = "".join(f"{sha256(path / name)}  {name}\n" for name in files)
    (path / CHECKSUM_FILE).write_text(sums, encoding="utf-8")
    return {"model_bytes": len(content), "arena_bytes": arena}


def open_folder(path: Path) -> Classifier:
    """Return a classifier that runs a folder's model in the interpreter for microcontrollers.

    The interpreter verifies nothing that it reads, so it has a process of its own.

    Raises:
        MissingError: The interpreter is missing or too old.
        ModelError: The model is missing, damaged, or of another form.
    """
    RUNTIME.require()
    # First: without a card it is no exported model.
    read_card(path)
    _check_whole(path)
    program = "mnistkit.exporters.micro_process"
    # With -P, no module in the working directory is imported.
    return open_separately(path, (sys.executable, "-P", "-m", program, str(path)))


EXPORTER = Exporter(
    summary="int8 for microcontrollers, with an array in C",
    suffix="",
    write=write,
    open=open_folder,
    batch_sizes=(1,),
    quantises=lambda _: True,
)


def _check_whole(folder: Path) -> None:
    """Raise `ModelError` for a damaged model, which would crash the interpreter."""
    checksum = hashlib.sha256(read_content(folder / MODEL_FILE)).hexdigest()
    told = read_content(folder / CHECKSUM_FILE).decode(errors="replace")
    if f"{checksum}  {MODEL_FILE}" not in told.splitlines():
        raise ModelError(
            f"{folder / MODEL_FILE}: expected the checksum in {CHECKSUM_FILE}, received another "
            "file or a damaged one; export the model again"
        )
