"""Small networks in ONNX, for tests of what surrounds them, and the layers of the default one."""

from __future__ import annotations

import json

import numpy as np
import onnx

FAULTS = {
    # There is no pixel of so high a number, which shows only when it is looked up.
    "fails": [
        onnx.helper.make_node("Cast", ["means"], ["whole"], to=onnx.TensorProto.INT64),
        onnx.helper.make_node("Add", ["whole", "far"], ["number"]),
        onnx.helper.make_node("GatherElements", ["means", "number"], ["spoiled"]),
    ],
    "too few rows": [onnx.helper.make_node("Slice", ["means", "one", "far"], ["spoiled"])],
    "no numbers": [onnx.helper.make_node("Mul", ["means", "nan"], ["spoiled"])],
}
"""What goes wrong while a network runs: the nodes that do it."""

CNN_LAYERS = [
    ("Conv2D", (62, 62, 32), 896),
    ("MaxPooling2D", (31, 31, 32), 0),
    ("Conv2D", (29, 29, 64), 18_496),
    ("MaxPooling2D", (14, 14, 64), 0),
    ("Conv2D", (12, 12, 128), 73_856),
    ("MaxPooling2D", (6, 6, 128), 0),
    ("Flatten", (4608,), 0),
    ("Dense", (128,), 589_952),
    ("Dropout", (128,), 0),
    ("Dense", (10,), 1290),
]
"""The layers of the default network: their class, output and parameters."""


def small_network(
    card, *, dtype=onnx.TensorProto.UINT8, shape=("batch", 28, 28), fault=None, **names
):
    """A network without weights worth the name: each class gets the mean of the pixels.

    With a fault, a key of `FAULTS`, it can be opened, and goes wrong when it runs.
    """
    helper = onnx.helper
    image = names.get("image", "image")
    probabilities = names.get("probabilities", "probabilities")
    axes = list(range(1, len(shape)))
    nodes = [
        helper.make_node("Cast", [image], ["float"], to=onnx.TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["mean"], axes=axes, keepdims=1),
        helper.make_node("Reshape", ["mean", "column"], ["means"]),
        *FAULTS.get(fault, ()),
        helper.make_node("MatMul", ["spoiled" if fault else "means", "ones"], [probabilities]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(image, dtype, shape)],
        [helper.make_tensor_value_info(probabilities, onnx.TensorProto.FLOAT, [shape[0], 10])],
        [
            onnx.numpy_helper.from_array(np.array([-1, 1]), "column"),
            onnx.numpy_helper.from_array(np.full((1, 10), 0.1, np.float32), "ones"),
            onnx.numpy_helper.from_array(np.array([1]), "one"),
            onnx.numpy_helper.from_array(np.array([10**6]), "far"),
            onnx.numpy_helper.from_array(np.float32(np.nan), "nan"),
        ],
    )
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    if card is not None:
        text = card if isinstance(card, str) else json.dumps(card)
        helper.set_model_props(model, {"mnistkit": text})
    onnx.checker.check_model(model)
    return model
