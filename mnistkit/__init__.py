"""Train, evaluate, predict with and export digit classifiers.

>>> import mnistkit
>>> classifier = mnistkit.load("runs/20260101-120000-cnn-mnist")
>>> classifier.label("example:seven")
'7'
>>> [line.text for line in mnistkit.read("example:page")]
['435 129 4815', '17667', '1118 46', '103 3 65']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnistkit.__about__ import __version__

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier as Classifier
    from mnistkit.prediction.opening import load as load
    from mnistkit.reading.given import read as read
    from mnistkit.reading.page import Digit as Digit
    from mnistkit.reading.page import Line as Line
else:
    _PLACES = {
        "Classifier": "mnistkit.core.models.classifier",
        "Digit": "mnistkit.reading.page",
        "Line": "mnistkit.reading.page",
        "load": "mnistkit.prediction.opening",
        "read": "mnistkit.reading.given",
    }

    def __getattr__(name: str) -> Any:
        # Resolved late, so that `import mnistkit` is fast.
        if name not in _PLACES:
            raise AttributeError(f"module 'mnistkit' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_PLACES[name]), name)


__all__ = ["Classifier", "Digit", "Line", "__version__", "load", "read"]


def __dir__() -> list[str]:
    # Only the API, without imported names.
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
