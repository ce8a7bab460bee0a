"""Pages of made-up results, and a browser to look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from mnistkit.cli.evaluate import results
from mnistkit.evaluation.results import Measured, Report
from mnistkit.reporting.page.writing import Content, write_page

Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path, bundled) -> Written:
    """Write the page of made-up results, one for each dataset, and return its path."""

    def write(*measured: Measured, command="mnistkit evaluate", models=("runs/a",)) -> Path:
        names = measured[0].evaluation.class_names
        report = Report(models, len(measured), [[each] for each in measured])
        random = np.random.default_rng(1)
        shapes = [(each.evaluation.count, 28, 28) for each in measured]
        images = [random.integers(0, 256, shape, np.uint8) for shape in shapes]
        cards = [replace(bundled.card, class_names=names)]
        path = tmp_path / "report.html"
        write_page(Content(report, images, cards, command, results.to_json), path)
        return path

    return write


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a file; in the end, nothing was wrong on it, and it asked for nothing else."""
    faults, contexts = [], []

    def open_it(path: Path, **options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.on("console", lambda message: faults.append(message.text))
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("request", lambda request: faults.extend(foreign(request.url, path)))
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults


def foreign(url, path):
    return [] if url.startswith(("data:", path.as_uri())) else [url]
