"""How many digits `read` gets right on pages made from MNIST's test digits.

python tests/benchmarks/reading.py [--pages 200] [--seed 0] [--data-dir DIR] [--model MODEL]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from edit_distance import count_errors
from pages import make_page
from PIL import Image

from mnistkit.core.models.choice import choose
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served
from mnistkit.reading.page import read_page


def main() -> None:
    """Print the share of right digits, by the edit distance of each page's lines."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--model", default="bundled")
    arguments = parser.parse_args()
    classifier = open_served(choose(arguments.model).path, threads=1)
    test = load_split("mnist", "test", Store(arguments.data_dir))
    totals: dict[str, np.ndarray] = {}
    for number in range(arguments.pages):
        page = make_page(test.images, test.class_indices, (arguments.seed, number))
        grey = np.asarray(Image.fromarray(page.picture).convert("L"))
        began = time.perf_counter()
        lines = read_page(classifier, grey)
        seconds = time.perf_counter() - began
        digits = sum(len(line.replace(" ", "")) for line in page.lines)
        errors = count_errors(page.lines, [line.text for line in lines])
        same_text = list(page.lines) == [line.text for line in lines]
        for group in ("all", page.style.pen.kind, f"{page.style.paper.lines} lines"):
            row = np.array([1, digits, errors, same_text, seconds])
            totals[group] = totals.get(group, 0) + row
    for group, (pages, digits, errors, whole, seconds) in sorted(totals.items()):
        print(
            f"{group:<14} {pages:4.0f} pages {digits:6.0f} digits {1 - errors / digits:8.2%} right,"
            f" {whole / pages:6.1%} of the pages whole, {seconds / pages:.2f} s a page"
        )


if __name__ == "__main__":
    main()
