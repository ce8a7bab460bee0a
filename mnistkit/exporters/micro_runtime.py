"""Running models in the interpreter of TensorFlow Lite for Microcontrollers."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.errors import ModelError, first_line
from mnistkit.exporters.runtimes import Runtime, hidden_output

RUNTIME = Runtime("tflite-micro", "tflite_micro", "0.dev20250101", "micro")

MODEL_FILE = "model.tflite"

LARGEST_ARENA = 2**26
"""Bytes that any model may use here; what it needs is measured."""

PIXEL_OFFSET = 128
"""An input of the model is a pixel less this."""


@dataclass(frozen=True)
class Quantisation:
    """How int8 values stand for numbers: (value - zero_point) * scale."""

    scale: float
    zero_point: int


def open_interpreter(name: str, content: bytes) -> Interpreter:
    """Return an interpreter of a model's bytes; `name` says in errors which model it is.

    Raises:
        ModelError: It is damaged, or the interpreter lacks an operator.
    """
    with hidden_output() as printed:
        try:
            interpreter = Interpreter(name, _started(content))
            interpreter.try_once()
            return interpreter
        # The flatbuffer's reader raises whatever comes of damaged bytes.
        except Exception as error:  # noqa: BLE001
            failure = error
        printed.seek(0)
        text = printed.read()
    lacking = re.search(r"(?:builtin opcode '|Node )(\w+)", text)
    reason = f"the operator {lacking[1]} fails" if lacking else first_line(failure)
    raise ModelError(
        f"{name}: expected a whole model of operators that microcontrollers have, received one "
        f"that can't be run ({reason}); use --exporter litert"
    ) from failure


class Interpreter:
    """An interpreter of a model, for one caller at a time."""

    def __init__(self, name: str, native: Any) -> None:
        self._name = name
        self._native = native
        self._lock = threading.Lock()
        self._forms = [_form(native.get_input_details(0)), _form(native.get_output_details(0))]
        self.output = self._forms[1][2]

    def check_interface(self, classes: int) -> None:
        """Raise `ModelError` for other inputs or outputs."""
        pixels = Quantisation(1.0, -PIXEL_OFFSET)
        expected = [("int8", [1, *IMAGE_SHAPE], pixels), ("int8", [1, classes], self.output)]
        if self._forms != expected or self.output.scale <= 0:
            raise ModelError(
                f"{self._name}: expected {expected}, received {self._forms}; export the model again"
            )

    def try_once(self) -> None:
        """Run it on a grey image; raise `RuntimeError` where an operator fails."""
        self._run(np.zeros((1, *IMAGE_SHAPE), np.int8))

    def arena_bytes(self) -> int:
        """Return the working memory that an image needs, on a 64-bit machine."""
        with hidden_output() as printed:
            self._native.print_allocations()
            printed.seek(0)
            (total,) = re.findall(r"Arena allocation total (\d+) bytes", printed.read())
        return int(total)

    def infer(self, images: Images) -> Probabilities:
        """Return the probabilities of uint8 (n, 28, 28), one after the other."""
        inputs = (images.astype(np.int16) - PIXEL_OFFSET).astype(np.int8)
        with self._lock:
            values = np.concatenate([self._run(image[np.newaxis]) for image in inputs])
        rows = (values.astype(np.float32) - self.output.zero_point) * self.output.scale
        # They are multiples of the scale, which need not sum to 1.
        normalised: Probabilities = (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
        return normalised

    def _run(self, image: Any) -> Any:
        self._native.set_input(image, 0)
        self._native.invoke()
        return self._native.get_output(0)


def _started(content: bytes) -> Any:
    from tflite_micro import runtime

    return runtime.Interpreter.from_bytes(content, arena_size=LARGEST_ARENA)


def _form(details: Any) -> tuple[str, list[int], Quantisation]:
    """Return dtype, shape and quantisation of an input or output."""
    parameters = details["quantization_parameters"]
    (scale,), (zero_point,) = parameters["scales"], parameters["zero_points"]
    shape = [int(size) for size in details["shape"]]
    return details["dtype"].__name__, shape, Quantisation(float(scale), int(zero_point))
