"""The OpenVINO exporter: the intermediate representation, for Intel's processors."""

from __future__ import annotations

import errno
import threading
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.cores import usable_cores
from mnistkit.core.models.card import Card
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.interruption import run_interruptibly
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError, UsageError, first_line
from mnistkit.exporters import onnx
from mnistkit.exporters.runtimes import Runtime, hidden_output
from mnistkit.plugin_types import Exporter

RUNTIME = Runtime("openvino", "openvino", "2025.0", "openvino")
MODEL_FILE, WEIGHTS_FILE, GRAPH_FILE = "model.xml", "model.bin", "model.onnx"


def write(model: Any, card: Card, path: Path, _: Options) -> Mapping[str, Any]:
    """Write a Keras model into a folder as OpenVINO's `.xml` and `.bin`, in float32.

    Raises:
        MissingError: OpenVINO is missing or too old.
        UsageError: OpenVINO lacks an operator.
    """
    RUNTIME.require()
    import openvino

    graph = path / GRAPH_FILE
    onnx.write(model, card, graph, {"opset": onnx.OPSETS[0]})
    try:
        converted = openvino.Core().read_model(graph)
    except RuntimeError as error:
        raise UsageError(
            "expected a network of operators that OpenVINO has, received another "
            f"({_reason(error)}); use --exporter onnx"
        ) from error
    graph.unlink()
    try:
        openvino.save_model(converted, path / MODEL_FILE, compress_to_fp16=False)
    except RuntimeError as error:
        # It does not say why, but the folder is a new one of our own.
        raise OSError(errno.ENOSPC, first_line(error)) from error
    return {"openvino": version(RUNTIME.package)}


def open_folder(path: Path) -> Classifier:
    """Return a classifier that runs an exported folder in OpenVINO.

    Raises:
        MissingError: OpenVINO is missing or too old.
        ModelError: A file is missing or damaged, or the model has other inputs or outputs.
    """
    RUNTIME.require()
    card = read_card(path)
    for name in (MODEL_FILE, WEIGHTS_FILE):
        if not (path / name).is_file():
            raise ModelError(f"{path / name}: no such file; export the model again")
    try:
        # It takes a file for each format that it knows, and prints why it is none.
        with hidden_output():
            compiled = _compiled(path / MODEL_FILE)
    except RuntimeError as error:
        raise _damaged(path, _reason(error)) from error
    _check_interface(path, compiled, len(card.class_names))
    return Classifier(card, _inference(compiled), path)


EXPORTER = Exporter(
    summary="OpenVINO's format, for Intel's processors",
    suffix="",
    write=write,
    open=open_folder,
    tolerance=1e-5,
)


def _compiled(path: Path) -> Any:
    import openvino

    # On some processors the default is bfloat16, which differs from Keras by 0.01.
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": usable_cores()}
    core = openvino.Core()
    return core.compile_model(core.read_model(path), "CPU", settings)


def _check_interface(path: Path, compiled: Any, classes: int) -> None:
    """Raise `ModelError` for other inputs or outputs."""
    expected = [
        (INPUT, "u8", f"[?,{','.join(map(str, IMAGE_SHAPE))}]"),
        (OUTPUT, "f32", f"[?,{classes}]"),
    ]
    received = [
        (
            ", ".join(sorted(value.names)),
            value.element_type.get_type_name(),
            str(value.partial_shape),
        )
        for value in (*compiled.inputs, *compiled.outputs)
    ]
    if received != expected:
        raise _damaged(path, f"expected {expected}, received {received}")


def _inference(compiled: Any) -> Any:
    lock = threading.Lock()
    request = compiled.create_infer_request()

    def infer(images: Images) -> Probabilities:
        with lock:
            run = partial(request.infer, {INPUT: images})
            try:
                rows: Probabilities = run_interruptibly(run, request.cancel)[OUTPUT]
            except RuntimeError as error:
                raise RuntimeError(_reason(error)) from error
        return rows

    return infer


def _reason(error: Exception) -> str:
    """Return what OpenVINO says, without the places in its source that stand before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check '"))]
    return (told or lines or ["no reason"])[0][:200]


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(
        f"{path}: expected a whole OpenVINO model from images to probabilities, received one that "
        f"can't be used ({reason}); export the model again"
    )
