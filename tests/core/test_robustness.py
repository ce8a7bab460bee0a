"""Errors under corruption, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mnistkit.core import corruptions
from mnistkit.core.corruptions import CORRUPTIONS, corrupt
from mnistkit.core.robustness import corruption_errors


def test_errors_are_those_of_the_corrupted_images(bundled, sample, monkeypatch):
    monkeypatch.setattr(corruptions, "CHUNK", 32)
    part = replace(sample, images=sample.images[:50], class_indices=sample.class_indices[:50])
    errors = dict(corruption_errors(bundled, part))
    assert list(errors) == list(CORRUPTIONS)
    for name in ("zigzag", "translate"):
        predicted = bundled.predict(corrupt(part.images, name)).argmax(axis=1)
        assert errors[name] == np.mean(predicted != part.class_indices)
    assert errors["translate"] < errors["impulse_noise"]
