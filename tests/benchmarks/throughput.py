"""How many pictures a second `predict` answers, against onnxruntime with the same pixels.

    python tests/benchmarks/throughput.py MODEL [--data-dir DIR]

MODEL is a run or an `.onnx` file. The 10,000 MNIST test images are written as PNG files
first. Bound: at least 0.65x of bare onnxruntime, which depends on the batch size it is given.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import onnxruntime
from measuring import measure
from PIL import Image

from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

REPETITIONS = 5
BATCH_SIZES = (1, 32, 128)
BOUND = 0.65


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--data-dir", type=Path)
    arguments = parser.parse_args()
    images = load_split("mnist", "test", Store(arguments.data_dir)).images
    exported = str(open_served(arguments.model).path)
    bare = dict.fromkeys(BATCH_SIZES, 0.0)
    whole = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images):
            Image.fromarray(image).save(f"{folder}/{number:05}.png")
        command = [sys.executable, "-m", "mnistkit", "--quiet", "predict", folder]
        for _ in range(REPETITIONS):
            for size in BATCH_SIZES:
                bare[size] = max(bare[size], bare_rate(exported, images, size))
            run = measure([*command, "--model", exported, "--format", "jsonl"])
            whole = max(whole, len(images) / run.seconds)
    print(f"predict, whole process: {whole:,.0f} pictures/s")
    for size, rate in bare.items():
        ratio = whole / rate
        print(
            f"onnxruntime, batch {size:>3}: {rate:,.0f} images/s, so predict has {ratio:.2f}x, "
            f"at least {BOUND}x: {'met' if ratio >= BOUND else 'MISSED'}"
        )


def bare_rate(exported: str, images, size: int) -> float:
    """Images a second in onnxruntime with its own settings."""
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    session.run(None, {"image": images[:size]})
    began = time.perf_counter()
    for start in range(0, len(images), size):
        session.run(None, {"image": images[start : start + size]})
    return len(images) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
