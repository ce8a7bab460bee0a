"""The ONNX exporter: from pixels to probabilities, for every ONNX runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnistkit.__about__ import __version__
from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.class_names import named
from mnistkit.core.models.card import Card
from mnistkit.core.models.onnx_file import BATCH, INPUT, METADATA_KEY, OUTPUT, open_file
from mnistkit.core.recipe import Options
from mnistkit.errors import UsageError, VerificationError
from mnistkit.plugin_types import Exporter

MODEL_VERSION = 1
"""The version that tools show; an exported model is replaced as a whole, so it stays 1."""

OPSETS = range(18, 12, -1)


def write(model: Any, card: Card, path: Path, options: Options) -> Mapping[str, Any]:
    """Write a Keras model as an ONNX file with its card inside, checked by `onnx.checker`.

    Raises:
        UsageError: tf2onnx does not write that opset, or the model needs a later one.
        VerificationError: `onnx.checker` refuses the file.
    """
    import onnx

    opset = options["opset"]
    if opset not in OPSETS:
        raise UsageError(
            f"expected an opset from {OPSETS[-1]} to {OPSETS[0]}, received {opset}: tf2onnx "
            f"writes none above {OPSETS[0]}, and the resizing needs {OPSETS[-1]}"
        )
    graph_model = _convert(model, opset)
    _rename(graph_model.graph)
    _describe(graph_model, card)
    onnx.helper.set_model_props(graph_model, {METADATA_KEY: json.dumps(card.to_json())})
    try:
        onnx.checker.check_model(graph_model, full_check=True)
    except onnx.checker.ValidationError as error:
        raise VerificationError(f"onnx.checker refuses the exported model: {error}") from error
    path.write_bytes(graph_model.SerializeToString())
    return {"opset": opset}


EXPORTER = Exporter(
    summary="ONNX, for onnxruntime on any device",
    suffix=".onnx",
    write=write,
    open=open_file,
    options={"opset": OPSETS},
)


def _convert(model: Any, opset: float | str) -> Any:
    """Return an `onnx.ModelProto` whose graph is the model's, with dropout off."""
    import tensorflow as tf
    import tf2onnx

    from mnistkit.core.models.tensorflow import native_output_hidden

    signature = [tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8, name=INPUT)]
    forward = tf.function(lambda image: model(image, training=False), input_signature=signature)
    with native_output_hidden():
        converted, _ = tf2onnx.convert.from_function(forward, signature, opset=opset)
    return converted


def _rename(graph: Any) -> None:
    """Name the output, which tf2onnx calls `Identity:0`, and the batch dimension."""
    (image,), (probabilities,) = graph.input, graph.output
    converted = probabilities.name
    for node in graph.node:
        node.output[:] = [OUTPUT if name == converted else name for name in node.output]
        node.input[:] = [OUTPUT if name == converted else name for name in node.input]
    probabilities.name = OUTPUT
    for value in (image, probabilities):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH


def _describe(graph_model: Any, card: Card) -> None:
    """Set the name and the description that other tools show."""
    learned = f", trained on {card.dataset}" if card.dataset else ""
    described = (
        f"{card.architecture}{learned}: from `{INPUT}`, uint8 [{BATCH}, 28, 28], bright ink (255) "
        f"on black (0), to `{OUTPUT}`, float32 [{BATCH}, {len(card.class_names)}], one for each of "
        f"the classes {named(card.class_names)}."
    )
    graph_model.graph.name = card.architecture
    graph_model.graph.doc_string = graph_model.doc_string = described
    graph_model.model_version = MODEL_VERSION
    graph_model.producer_name, graph_model.producer_version = "mnistkit", __version__
