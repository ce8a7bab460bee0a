"""Make mnistkit/assets/bundled from a finished run, with what was measured of it.

    mnistkit train --architecture vgg --augmentation photos --epochs 30 --label-smoothing 0.05 \
        --output RUN
    python tests/benchmarks/generalisation.py RUN --data-dir DIR --json measured.json
    python tests/assets/make_bundled.py RUN measured.json

The Keras model is stored without its optimizer, which is two thirds of its size and of use
only to go on with that very run, and exported as it is stored. Where the form of cards and
records has changed, the same model is exported again, with its record as it stands:

    python tests/assets/make_bundled.py mnistkit/assets/bundled
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.files import replacing
from mnistkit.core.models import keras_file, run_folder
from mnistkit.core.models.choice import BUNDLED_RUN, is_bundled
from mnistkit.data.loading import FALLBACK, load_split
from mnistkit.exporting import export
from mnistkit.fetching.store import Store

WEAKNESSES = """\
It learned from American writers of the 1990s; what others write (the upstroke and foot of a one,
the bar and tick of a seven, the tail of a nine, looped fours, crossed nines) was drawn in.
A one with a long upstroke and a seven can't always be told apart, nor a closed four and a nine.
It has no answer but a digit: letters of the same shape (O, l, S, Z, B) get a confident one.
It sees 28x28 pixels: what stands beside a digit is for the preparation to remove.
"""
LICENCE = """\
The weights were learned from MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
derived from NIST Special Databases 1 and 3: Creative Commons Attribution-ShareAlike 3.0,
https://creativecommons.org/licenses/by-sa/3.0/. They are shared under the same licence.
"""


def main(source: str, measured: str | None = None) -> None:
    """Store the model, export it, and write its record."""
    run = run_folder.read(Path(source))
    bundled = run_folder.Run(BUNDLED_RUN, run.record)
    BUNDLED_RUN.mkdir(exist_ok=True)
    model = keras_file.open_model(run.model)
    if not is_bundled(run.model):
        model = _without_optimizer(model)
        with replacing(bundled.model) as temporary:
            model.save(temporary)
    export.export_run(bundled, model, load_split(FALLBACK, "test", Store()).images)
    figures = run.record.measured if measured is None else json.loads(Path(measured).read_text())
    weaknesses, licence = tuple(WEAKNESSES.splitlines()), tuple(LICENCE.splitlines())
    bundled.save(measured=figures, weaknesses=weaknesses, licence=licence)


def _without_optimizer(model: Any) -> Any:
    bare = type(model).from_config(model.get_config())
    for ours, theirs in zip(bare.weights, model.weights, strict=True):
        ours.assign(np.asarray(theirs))
    return bare


if __name__ == "__main__":
    main(*sys.argv[1:])
