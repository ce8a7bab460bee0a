"""Make mnistkit/assets/bundled from a finished run, with what was measured of it.

    mnistkit train --architecture vgg --output RUN
    python tests/benchmarks/generalisation.py RUN --data-dir DIR --json measured.json
    python tests/assets/make_bundled.py RUN measured.json

The Keras model is stored without its optimizer, which is two thirds of its size and of use
only to go on with that very run.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np

from mnistkit.core import keras_models, runs
from mnistkit.core.files import replacing
from mnistkit.core.model import BUNDLED_RUN

WEAKNESSES = """\
It learned from American writers of the 1990s; what others write (the upstroke and foot of a one,
the bar and tick of a seven, the tail of a nine) was drawn in.
A one with a long upstroke and a seven can't always be told apart, nor a closed four and a nine.
It has no answer but a digit: letters of the same shape (O, l, S, Z, B) get a confident one.
It sees 28x28 pixels: what stands beside a digit is for the preparation to remove.
"""
LICENCE = """\
The weights were learned from MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
derived from NIST Special Databases 1 and 3: Creative Commons Attribution-ShareAlike 3.0,
https://creativecommons.org/licenses/by-sa/3.0/. They are shared under the same licence.
"""


def main(source: str, measured: str) -> None:
    """Copy what belongs to the model, and write its record."""
    run = runs.read(Path(source))
    BUNDLED_RUN.mkdir(exist_ok=True)
    shutil.copy(run.exported, BUNDLED_RUN / runs.EXPORTED_FILE)
    model = keras_models.open_model(run.model)
    bare = type(model).from_config(model.get_config())
    for ours, theirs in zip(bare.weights, model.weights, strict=True):
        ours.assign(np.asarray(theirs))
    with replacing(BUNDLED_RUN / runs.MODEL_FILE) as temporary:
        bare.save(temporary)
    bundled = runs.Run(BUNDLED_RUN, run.record)
    bundled.save(
        measured=json.loads(Path(measured).read_text()),
        weaknesses=WEAKNESSES.splitlines(),
        licence=LICENCE.splitlines(),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
