"""The process that runs a SavedModel: images on stdin, probabilities on stdout.

`separate.py` has the protocol.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.models.card_file import read_card
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.exporters.separate import READY


def main() -> None:
    """Answer until the input ends; TensorFlow's own prints go to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    infer = _opened(sys.argv[1])
    answers.write(READY)
    answers.flush()
    while count := sys.stdin.buffer.read(4):
        images = _images(int(np.frombuffer(count, np.uint32)[0]))
        answers.write(infer(**{INPUT: images})[OUTPUT].numpy().tobytes())
        answers.flush()


def _opened(folder: str) -> Any:
    """Return the signature of a SavedModel; end with a line if it has another one."""
    import tensorflow as tf

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
    return signature


def _images(count: int) -> Any:
    import tensorflow as tf

    size = count * int(np.prod(IMAGE_SHAPE))
    pixels = np.frombuffer(sys.stdin.buffer.read(size), np.uint8)
    return tf.constant(pixels.reshape(count, *IMAGE_SHAPE))


if __name__ == "__main__":
    main()
