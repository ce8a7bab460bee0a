"""Requests in one line: the values that differ from the recipe stand among the others."""

from __future__ import annotations

from typing import Any

from mnistkit.training.settings import CHOSEN, TrainingRequest


def make_request(*names: str, **asked: Any) -> TrainingRequest:
    """Return a request for a training; `names` are those of architecture and dataset."""
    recipe = {name: asked.pop(name) for name in CHOSEN & asked.keys()}
    return TrainingRequest(*names, recipe=recipe, **asked)
