"""How long the command line takes to start, against what it can't do without.

    python tests/benchmarks/startup.py MODEL

MODEL is a run or an `.onnx` file. Bounds: `--help` 2x of importing Typer and rich's console;
`predict` of one picture 1.6x of a bare script that does the same; `explain` of it 6x.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import fastest
from PIL import Image

from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

REPETITIONS = 15
BOUNDS = (("help", "imports", 2.0), ("predict", "bare", 1.6), ("explain", "bare", 6.0))

BARE = """
import sys, numpy, onnxruntime
from PIL import Image
image = numpy.asarray(Image.open(sys.argv[2]))[numpy.newaxis]
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print(session.run(None, {"image": image})[0].argmax())
"""


def main(model: str) -> None:
    """Print the ratios."""
    exported = str(open_served(Path(model)).path)
    with tempfile.TemporaryDirectory() as folder:
        picture = f"{folder}/digit.png"
        Image.fromarray(load_split("mnist-sample", "test", Store()).images[0]).save(picture)
        python, command = [sys.executable, "-c"], [sys.executable, "-m", "mnistkit"]
        runs = fastest(
            {
                "imports": [*python, "import typer, rich.console"],
                "help": [*command, "--help"],
                "bare": [*python, BARE, exported, picture],
                "predict": [*command, "--quiet", "predict", picture, "--model", exported],
                "explain": [*command, "--quiet", "explain", picture, "--model", exported],
            },
            REPETITIONS,
        )
    for name, base, bound in BOUNDS:
        ratio = runs[name].seconds / runs[base].seconds
        print(
            f"{name:<8} {runs[name].seconds:.3f} s, {base} {runs[base].seconds:.3f} s: "
            f"{ratio:.2f}x, at most {bound}x: {'met' if ratio <= bound else 'MISSED'}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
