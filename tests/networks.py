"""Networks in ONNX that are small, for tests of what surrounds them."""

from __future__ import annotations

import json

import numpy as np
import onnx


def small_network(card, *, dtype=onnx.TensorProto.UINT8, shape=("batch", 28, 28), **names):
    """A network without weights worth the name: each class gets the mean of the pixels."""
    helper = onnx.helper
    image = names.get("image", "image")
    probabilities = names.get("probabilities", "probabilities")
    axes = list(range(1, len(shape)))
    nodes = [
        helper.make_node("Cast", [image], ["float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=axes, keepdims=1),
        helper.make_node("Reshape", ["mean", "column"], ["means"]),
        helper.make_node("MatMul", ["means", "ones"], [probabilities]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(image, dtype, shape)],
        [helper.make_tensor_value_info(probabilities, onnx.TensorProto.FLOAT, [shape[0], 10])],
        [
            onnx.numpy_helper.from_array(np.array([-1, 1]), "column"),
            onnx.numpy_helper.from_array(np.full((1, 10), 0.1, np.float32), "ones"),
        ],
    )
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    if card is not None:
        text = card if isinstance(card, str) else json.dumps(card)
        helper.set_model_props(model, {"mnistkit": text})
    onnx.checker.check_model(model)
    return model
