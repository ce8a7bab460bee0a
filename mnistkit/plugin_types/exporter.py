"""What an entry point of an exporter loads to."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistkit.core import plugin_options
from mnistkit.core.plugin_options import Declared
from mnistkit.core.recipe import Options
from mnistkit.plugin_types.fields import mistyped

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier


def _never(_: Options) -> bool:
    """Return False: most formats keep the precision of the numbers."""
    return False


@dataclass(frozen=True)
class Exporter:
    """A deployable format, and the runtime that proves it.

    What it writes is a file or a folder. mnistkit opens a file by its suffix and a folder by
    its card, which names this exporter.

    Args:
        summary: One line for people who choose.
        suffix: The ending of its files, such as `.onnx`; empty where it writes folders.
        write: Called as `write(model, card, path, options)` with a Keras model and a
            value for each of `options`. Writes a file at `path` with the card inside, or
            into the empty folder `path`, to which mnistkit adds the card. Returns what it
            wants to report, such as `{"opset": 18}`. Raises `UsageError` for a value that
            it does not take.
        open: Called as `open(path)`. Returns the classifier in the format's own
            runtime, with the card it was written with; `read_card` reads a folder's.
            Raises `ModelError`.
        options: What can be chosen about the artifact, by name: the values worth trying,
            all text, int, float or bool, the default first.
        tolerance: The largest difference from Keras's probabilities that proves an artifact,
            above 0.
        batch_sizes: The sizes of the batches it is proved in; `(1,)` for a format without
            batches.
        quantises: Called as `quantises(options)`: whether these options lower the precision
            of the numbers. Then `write` receives training images as a fifth argument,
            uint8 (n, 28, 28), to calibrate on, and instead of `tolerance` the accuracy on
            the whole test split proves the artifact: it may lose 0.1 point at most.
        prove: Called as `open` is, to prove an artifact in the runtime that it is for; None
            where `open` returns that runtime.
    """

    summary: str
    suffix: str
    write: Callable[..., Mapping[str, Any]]
    open: Callable[[Path], Classifier]
    options: Declared = field(default_factory=dict)
    tolerance: float = 1e-5
    batch_sizes: tuple[int, ...] = (1, 7, 256)
    quantises: Callable[[Options], bool] = _never
    prove: Callable[[Path], Classifier] | None = None

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        types = {"summary": str, "suffix": str, "options": Mapping, "batch_sizes": tuple}
        return (
            mistyped(self, types)
            or self._misended()
            or self._misproved()
            or plugin_options.flaw(self.options)
        )

    def _misproved(self) -> str | None:
        if not (isinstance(self.tolerance, float) and self.tolerance > 0):
            return f"expected a tolerance above 0, received {reprlib.repr(self.tolerance)}"
        sizes = self.batch_sizes
        if not sizes or not all(isinstance(size, int) and size > 0 for size in sizes):
            return f"expected batch sizes of 1 or more, received {reprlib.repr(sizes)}"
        return None

    def _misended(self) -> str | None:
        if self.suffix in {"", Path(f"model{self.suffix}").suffix}:
            return None
        return f"expected a suffix such as .onnx, received {reprlib.repr(self.suffix)}"
