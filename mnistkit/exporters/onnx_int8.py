"""The exporter of ONNX in int8: a quarter of the size, and faster on most CPUs.

Convolutions and dense layers are calculated in 8 bits; the scaling and resizing before them and
the softmax after them keep their float32. The weights have 7 bits, because CPUs without VNNI
instructions saturate with 8.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.core.models.card import Card
from mnistkit.core.models.onnx_file import INPUT, open_file
from mnistkit.core.packages import ONNX, require
from mnistkit.core.recipe import Options
from mnistkit.exporters import onnx, onnx_graph
from mnistkit.plugin_types import Exporter

OPSET = 18
QUANTISED = ["Conv", "MatMul", "Gemm", "Relu", "MaxPool"]
CALIBRATION_BATCH = 100


def write(
    model: Any, card: Card, path: Path, _options: Options, images: Images
) -> Mapping[str, Any]:
    """Write a Keras model as an ONNX file in int8, calibrated on training images.

    Raises:
        VerificationError: `onnx.checker` refuses the file.
    """
    require("the exporter onnx-int8", ONNX)
    graph = onnx.describe(card)
    onnx.write_graph(model, graph, path, OPSET)
    _quantise(path, images)
    import onnx as library

    onnx_graph.finish(library.load(path), graph, path)
    return {"opset": OPSET, "calibrated_on": len(images)}


EXPORTER = Exporter(
    summary="ONNX in int8, a quarter of the size",
    suffix=".onnx",
    write=write,
    open=open_file,
    quantises=lambda _: True,
)


def _quantise(path: Path, images: Images) -> None:
    """Replace an ONNX file by its quantised one."""
    with _log_hidden():
        from onnxruntime.quantization import QuantType, quantize_static

        quantize_static(
            path,
            path,
            _reader(images),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=QUANTISED,
        )


def _reader(images: Images) -> Any:
    """Return what hands the images to the calibration, batch by batch."""
    from onnxruntime.quantization import CalibrationDataReader

    batches = iter(np.array_split(images, max(1, len(images) // CALIBRATION_BATCH)))

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # untyped
        def get_next(self) -> dict[str, Images] | None:
            batch = next(batches, None)
            return None if batch is None else {INPUT: batch}

    return Reader()


@contextmanager
def _log_hidden() -> Iterator[None]:
    """Hide what the quantiser says on the root logger, which it would set up for good."""
    root, nothing = logging.getLogger(), logging.NullHandler()
    level = root.level
    root.addHandler(nothing)
    root.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(nothing)
