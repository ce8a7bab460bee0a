"""Requests in one line: the values that differ from the recipe stand among the others."""

from __future__ import annotations

from typing import Any

from mnistkit.training.settings import CHOSEN, Request


def make_request(*names: str, **asked: Any) -> Request:
    """Return a request for a training; `names` are those of architecture and dataset."""
    recipe = {name: asked.pop(name) for name in CHOSEN & asked.keys()}
    return Request(*names, recipe=recipe, **asked)
