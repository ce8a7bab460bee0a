"""Made-up results of an evaluation, and the data in the page of one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data_of(page: Path) -> dict:
    """The data in a page."""
    return json.loads(DATA.search(page.read_text(encoding="utf-8"))[1])


def made_up(names, count, wrong, dataset="digits", *, corrupted=False) -> Measured:
    """A result with so many mistakes, the probabilities drawn at random."""
    random = np.random.default_rng(0)
    labels = np.arange(count) % len(names)
    predicted = labels.copy()
    predicted[:wrong] = (labels[:wrong] + 1 + np.arange(wrong) % (len(names) - 1)) % len(names)
    probabilities = random.random((count, len(names)), np.float32)
    probabilities[np.arange(count), predicted] += random.uniform(1, 5 * len(names), count)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    errors = {"fog": 0.25, "zigzag": 0.5} if corrupted else {}
    evaluation = Evaluation(tuple(names), probabilities, labels, 1.0)
    return Measured(1, "runs/a", dataset, "test", evaluation, errors)
