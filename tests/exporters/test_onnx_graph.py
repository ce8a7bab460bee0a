"""What a converted graph says of itself, and what is corrected."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from networks import small_network

from mnistkit.errors import VerificationError
from mnistkit.exporters.onnx_graph import Graph, finish

GRAPH = Graph(
    "small", "a small network.", ("n", 28, 28), {"probabilities": ("n", 10)}, {"key": "value"}
)


def test_a_wrong_shape_that_the_converter_gives_a_value_in_between_is_not_written(tmp_path):
    model = small_network(None)
    wrong = onnx.helper.make_tensor_value_info("means", onnx.TensorProto.FLOAT, ["n", 1, 1, 1])
    model.graph.value_info.append(wrong)

    finish(model, GRAPH, tmp_path / "model.onnx")

    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    images = np.full((3, 28, 28), 20, np.uint8)
    np.testing.assert_allclose(session.run(None, {"image": images})[0], np.full((3, 10), 2.0))


def test_a_graph_whose_shapes_cannot_be_is_refused(tmp_path):
    model = small_network(None)
    model.graph.node[-1].input[0] = "float"

    with pytest.raises(VerificationError, match=r"onnx\.checker refuses the exported model: .+"):
        finish(model, GRAPH, tmp_path / "model.onnx")

    assert not list(tmp_path.iterdir())
