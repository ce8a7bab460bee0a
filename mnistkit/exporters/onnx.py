"""The ONNX exporter: from pixels to probabilities, for every ONNX runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.class_names import named
from mnistkit.core.models.card import Card
from mnistkit.core.models.onnx_file import BATCH, INPUT, METADATA_KEY, OUTPUT, open_file
from mnistkit.core.packages import ONNX, require
from mnistkit.core.recipe import Options
from mnistkit.errors import UsageError
from mnistkit.exporters import onnx_graph
from mnistkit.exporters.onnx_graph import Graph
from mnistkit.plugin_types import Exporter

OPSETS = range(18, 12, -1)


def write(model: Any, card: Card, path: Path, options: Options) -> Mapping[str, Any]:
    """Write a Keras model as an ONNX file with its card inside, checked by `onnx.checker`.

    Raises:
        MissingError: What writes it is not installed.
        UsageError: tf2onnx does not write that opset, or the model needs a later one.
        VerificationError: `onnx.checker` refuses the file.
    """
    require("the exporter onnx", ONNX)
    opset = options["opset"]
    if opset not in OPSETS:
        raise UsageError(
            f"expected an opset from {OPSETS[-1]} to {OPSETS[0]}, received {opset}: tf2onnx "
            f"writes none above {OPSETS[0]}, and the resizing needs {OPSETS[-1]}"
        )
    write_graph(model, describe(card), path, opset)
    return {"opset": opset}


EXPORTER = Exporter(
    summary="ONNX, for onnxruntime on any device",
    suffix=".onnx",
    write=write,
    open=open_file,
    options={"opset": OPSETS},
)


def write_graph(model: Any, graph: Graph, path: Path, opset: Any) -> None:
    """Write a Keras model as an ONNX file from images to probabilities."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8, name=INPUT)
    converted = onnx_graph.convert(lambda image: model(image, training=False), signature, opset)
    onnx_graph.finish(converted, graph, path)


def describe(card: Card) -> Graph:
    """Return what the graph says of itself to those who open it in another tool."""
    learned = f", trained on {card.dataset}" if card.dataset else ""
    description = (
        f"{card.architecture}{learned}: from `{INPUT}`, uint8 [{BATCH}, 28, 28], bright ink (255) "
        f"on black (0), to `{OUTPUT}`, float32 [{BATCH}, {len(card.class_names)}], one for each of "
        f"the classes {named(card.class_names)}."
    )
    return Graph(
        name=card.architecture,
        description=description,
        dimensions=(BATCH, *IMAGE_SHAPE),
        outputs={OUTPUT: (BATCH, len(card.class_names))},
        metadata={METADATA_KEY: json.dumps(card.to_json())},
    )
