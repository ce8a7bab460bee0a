"""The process that runs a SavedModel: images on stdin, probabilities on stdout.

`separate.py` has the protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.exporters import saved_model_graph
from mnistkit.exporters.answering import answer


def _opened() -> Callable[[Images], Probabilities]:
    """Return what a SavedModel answers; end with a line if its graph acts or has another form."""
    folder = sys.argv[1]
    import tensorflow as tf
    from tensorflow.python.saved_model.loader_impl import parse_saved_model

    flaw = saved_model_graph.flaw(parse_saved_model(folder))
    if flaw:
        sys.exit(flaw)
    signature = tf.saved_model.load(folder).signatures["serving_default"]
    inputs = {
        name: (spec.dtype.name, spec.shape.as_list())
        for name, spec in signature.structured_input_signature[1].items()
    }
    expected = {INPUT: ("uint8", [None, *IMAGE_SHAPE])}
    outputs = {
        name: (spec.dtype.name, spec.shape.as_list())
        for name, spec in signature.structured_outputs.items()
    }
    classes = len(read_card(Path(folder)).class_names)
    if inputs != expected or outputs != {OUTPUT: ("float32", [None, classes])}:
        sys.exit(
            f"expected a signature from {expected} to {OUTPUT} of {classes} classes, "
            f"received one from {inputs} to "
            f"{outputs}"
        )

    def infer(images: Images) -> Probabilities:
        rows: Probabilities = signature(**{INPUT: tf.constant(images)})[OUTPUT].numpy()
        return rows

    return infer


if __name__ == "__main__":
    answer(_opened)
