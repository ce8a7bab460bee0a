"""The web exporter: a page to draw on, which runs the model in the browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit import assets
from mnistkit.core.files import size
from mnistkit.core.models import onnx_file
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError, UsageError
from mnistkit.exporters import onnx
from mnistkit.exporters.separate import open_separately
from mnistkit.exporters.web.node import find_node
from mnistkit.plugin_types import Exporter

PAGES = (Path(__file__).parent / "page", Path(assets.__file__).parent / "page")
PROGRAM = Path(__file__).parent / "under_node.cjs"
MODEL_FILE = "model.onnx"

RUNTIME_FOLDER = "runtime"
RUNTIME_FILES = {
    # Some servers do not know .mjs for a script.
    "ort.wasm.bundle.min.mjs": "ort.js",
    "ort-wasm-simd-threaded.wasm": "ort-wasm-simd-threaded.wasm",
}
"""The files of onnxruntime-web that a page needs, and their names beside it."""

DRAWN = ("digit", "character")
"""The preparations of pictures that the page knows."""


def write(model: Any, card: Card, path: Path, options: Options) -> Mapping[str, Any]:
    """Write a folder with the page, the model and onnxruntime-web's files.

    Raises:
        MissingError: There is no node that proves the folder, or it is too old.
        UsageError: The runtime's files are not in the folder that the option names, or the
            model is not one of digits or characters.
    """
    find_node()
    if card.preparation not in DRAWN:
        raise UsageError(
            "expected a model of digits or letters, which can be drawn, received one whose "
            f"pictures are prepared by {card.preparation!r}; use --exporter onnx"
        )
    runtime = Path(str(options["runtime"]))
    _check_runtime(runtime)
    for file in (file for page in PAGES for file in page.iterdir()):
        shutil.copyfile(file, path / file.name)
    onnx.write(model, card, path / MODEL_FILE, {"opset": onnx.OPSETS[0]})
    copied = path / RUNTIME_FOLDER
    copied.mkdir()
    for name, beside in RUNTIME_FILES.items():
        shutil.copyfile(runtime / name, copied / beside)
    return {
        "onnxruntime-web": _version(runtime),
        "runtime_bytes": size(copied),
        "model_bytes": size(path / MODEL_FILE),
    }


def open_folder(path: Path) -> Classifier:
    """Return a classifier that runs the model of an exported page in onnxruntime.

    No script of the folder runs: it may be anybody's.

    Raises:
        ModelError: A file is missing or damaged.
    """
    card = read_card(path)
    opened = onnx_file.open_file(path / MODEL_FILE)
    if opened.card != card:
        raise ModelError(
            f"{path}: expected one card, in card.json and in {MODEL_FILE}, received two that "
            "differ; export the model again"
        )
    return opened


def open_under_node(path: Path) -> Classifier:
    """Return a classifier that runs an exported page's own scripts under node, which proves them.

    Raises:
        MissingError: There is no node, or it is too old.
        ModelError: A file is missing or damaged.
    """
    return open_separately(path, (find_node(), str(PROGRAM), str(path)))


EXPORTER = Exporter(
    summary="a page to draw on, for any static web server",
    suffix="",
    write=write,
    open=open_folder,
    options={"runtime": ("node_modules/onnxruntime-web/dist",)},
    tolerance=1e-5,
    prove=open_under_node,
)


def _check_runtime(folder: Path) -> None:
    """Raise `UsageError` if files of onnxruntime-web are missing in a folder."""
    missing = [name for name in RUNTIME_FILES if not (folder / name).is_file()]
    if missing:
        raise UsageError(
            f"expected {' and '.join(missing)} in {folder}, received no such file; run `npm "
            "install onnxruntime-web` (1.21 or later) and name its folder with "
            "--option runtime=node_modules/onnxruntime-web/dist"
        )


def _version(runtime: Path) -> str:
    """Return the version of the npm package that a folder belongs to."""
    try:
        return str(json.loads((runtime.parent / "package.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
