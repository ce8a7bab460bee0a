"""ONNX graphs of Keras functions: their names, their description and their check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mnistkit.__about__ import __version__
from mnistkit.errors import ModelError, VerificationError, first_line

MODEL_VERSION = 1
"""What tools show; an exported model is never changed, only replaced."""


Dimensions: TypeAlias = Sequence[str | int]


@dataclass(frozen=True)
class Graph:
    """What a graph is called, and what goes in and out.

    Args:
        name: Its own.
        description: What it does, in a sentence.
        dimensions: Of the input: numbers, or names where they may be any.
        outputs: The outputs' names, in their order, and their dimensions.
        metadata: Texts to put in, by their keys.
    """

    name: str
    description: str
    dimensions: Dimensions
    outputs: Mapping[str, Dimensions]
    metadata: Mapping[str, str]


def convert(forward: Callable[[Any], Any], signature: Any, opset: float | str) -> Any:
    """Return an `onnx.ModelProto` of a function of one `tf.TensorSpec`."""
    import tensorflow as tf
    import tf2onnx

    from mnistkit.core.models.tensorflow import native_output_hidden

    function = tf.function(forward, input_signature=[signature])
    with native_output_hidden():
        converted, _ = tf2onnx.convert.from_function(function, [signature], opset=opset)
    return converted


def finish(model: Any, graph: Graph, path: Path) -> None:
    """Name what goes in and out, describe it, check it, and write it.

    Raises:
        ModelError: It has an operator that ONNX lacks.
        VerificationError: `onnx.checker` finds fault.
    """
    import onnx

    _rename(model.graph, tuple(graph.outputs))
    values = (*model.graph.input, *model.graph.output)
    for value, dimensions in zip(values, (graph.dimensions, *graph.outputs.values()), strict=True):
        kind = value.type.tensor_type.elem_type
        value.CopyFrom(onnx.helper.make_tensor_value_info(value.name, kind, dimensions))
    # What tf2onnx says of the shapes is not always right; runtimes infer those in between.
    del model.graph.value_info[:]
    model.graph.name = graph.name
    model.graph.doc_string = model.doc_string = graph.description
    model.model_version = MODEL_VERSION
    model.producer_name, model.producer_version = "mnistkit", __version__
    onnx.helper.set_model_props(model, dict(graph.metadata))
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        lacking = re.search(r"No Op registered for (\w+)", str(error))
        if lacking:
            raise ModelError(
                f"expected a model of operators that ONNX has, received {graph.name}, which can't "
                f"be converted (it has {lacking[1]}); use --exporter saved-model"
            ) from error
        raise VerificationError(
            f"onnx.checker refuses the exported model: {first_line(error)}"
        ) from error
    path.write_bytes(model.SerializeToString())


def _rename(graph: Any, names: Sequence[str]) -> None:
    """Give the outputs their names; tf2onnx calls them `Identity:0` and so on."""
    renamed = dict(zip((output.name for output in graph.output), names, strict=True))
    for node in graph.node:
        node.output[:] = [renamed.get(name, name) for name in node.output]
        node.input[:] = [renamed.get(name, name) for name in node.input]
    for output in graph.output:
        output.name = renamed[output.name]
