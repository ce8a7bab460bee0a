"""The process that runs a model for microcontrollers, which a damaged model may crash.

`separate.py` has the protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.card_file import read_card
from mnistkit.exporters.answering import answer
from mnistkit.exporters.micro_runtime import MODEL_FILE, open_interpreter
from mnistkit.exporters.runtimes import read_content


def _opened() -> Callable[[Images], Probabilities]:
    folder = Path(sys.argv[1])
    file = folder / MODEL_FILE
    interpreter = open_interpreter(str(file), read_content(file))
    interpreter.check_interface(len(read_card(folder).class_names))
    return interpreter.infer


if __name__ == "__main__":
    answer(_opened)
