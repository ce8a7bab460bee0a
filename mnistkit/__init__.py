"""Train, evaluate, predict with and export digit classifiers.

>>> import mnistkit
>>> classifier = mnistkit.load("runs/20260101-120000-cnn-mnist")
>>> classifier.label("example:seven")
'7'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnistkit.__about__ import __version__

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier as Classifier
    from mnistkit.prediction.opening import load as load
else:

    def __getattr__(name: str) -> Any:
        # Resolved late, so that `import mnistkit` is fast.
        if name == "Classifier":
            from mnistkit.core.models.classifier import Classifier

            return Classifier
        if name == "load":
            from mnistkit.prediction.opening import load

            return load
        raise AttributeError(f"module 'mnistkit' has no attribute {name!r}")


__all__ = ["Classifier", "__version__", "load"]


def __dir__() -> list[str]:
    # Only the API, without imported names.
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
