"""The process that runs a `.tflite` file in LiteRT, which a damaged file may crash.

`separate.py` has the protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.cores import usable_cores
from mnistkit.errors import ModelError, first_line
from mnistkit.exporters.answering import answer
from mnistkit.exporters.runtimes import read_content


def _opened() -> Callable[[Images], Probabilities]:
    file, classes = sys.argv[1:]
    try:
        interpreter = _started(read_content(Path(file)))
        received = _interface(interpreter)
    except (ValueError, RuntimeError) as error:
        raise _damaged(file, first_line(error)) from error
    expected = [("uint8", [-1, *IMAGE_SHAPE]), ("float32", [-1, int(classes)])]
    if received != expected:
        raise _damaged(file, f"expected {expected}, received {received}")
    return partial(_infer, interpreter)


def _started(content: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content, num_threads=usable_cores())
    interpreter.allocate_tensors()
    return interpreter


def _interface(interpreter: Any) -> list[tuple[str, list[int]]]:
    """Return dtype and shape of each input and output."""
    values = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    return [
        (value["dtype"].__name__, [int(size) for size in value["shape_signature"]])
        for value in values
    ]


def _infer(interpreter: Any, images: Images) -> Probabilities:
    (image,) = interpreter.get_input_details()
    if tuple(image["shape"]) != images.shape:
        interpreter.resize_tensor_input(image["index"], images.shape)
        interpreter.allocate_tensors()
    interpreter.set_tensor(image["index"], images)
    interpreter.invoke()
    (output,) = interpreter.get_output_details()
    rows: Probabilities = interpreter.get_tensor(output["index"])
    # In int8 they are multiples of 1/256, which need not sum to 1.
    normalised: Probabilities = rows / rows.sum(axis=1, keepdims=True)
    return normalised


def _damaged(file: str, reason: str) -> ModelError:
    return ModelError(
        f"{file}: expected a whole .tflite file from images to probabilities, received one that "
        f"can't be used ({reason}); export the model again"
    )


if __name__ == "__main__":
    answer(_opened)
