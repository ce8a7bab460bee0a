"""Writing the page of a report."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.__about__ import __version__
from mnistkit.core import typed_json
from mnistkit.core.arrays import Images
from mnistkit.core.files import replacing
from mnistkit.core.models.card import Card
from mnistkit.core.models.run_folder import now
from mnistkit.evaluation import significance
from mnistkit.evaluation.results import Report
from mnistkit.reporting.page import names
from mnistkit.reporting.page.chosen import COLUMNS, MOST_IMAGES
from mnistkit.reporting.page.results import Result
from mnistkit.reporting.page.verdict import verdict

FOLDER = Path(__file__).parent

MOST_DENSE = 200
"""Classes of a confusion matrix whose zeros stand in the page's data, too."""

MOST_BYTES = 2_000_000
"""Of a page. For results that need more, fewer images are shown."""

# What could end a script element, or a line of JavaScript.
UNSAFE = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class Content:
    """What a page is made of.

    Args:
        report: The results.
        images: The images of each dataset that was measured, uint8 (n, 28, 28).
        cards: The card of each model.
        command: The command line.
        to_json: Returns results as `--format json` prints them.
    """

    report: Report
    images: Sequence[Images]
    cards: Sequence[Card]
    command: str
    to_json: Callable[[Report], Any]


def write_page(content: Content, path: Path, *, overwrite: bool = True) -> None:
    """Write the report as one HTML page.

    Raises:
        OutputError: It can't be written.
        OutputExistsError: It exists, and `overwrite` is False.
    """
    text = render(content)
    with replacing(path, overwrite=overwrite) as temporary:
        # Names of files may have bytes that are no text.
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def render(content: Content) -> str:
    """Return the page, with as many images as it has room for."""
    content = replace(content, **names.shortened(content.report, content.cards))
    page = ""
    for most in (MOST_IMAGES, MOST_IMAGES // 4, MOST_IMAGES // 16):
        page = _render(content, most)
        if len(page.encode("utf-8", "backslashreplace")) <= MOST_BYTES:
            break
    return page


def _render(content: Content, most_images: int) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "compact": "{:,}".format}
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    results = _results(content, most_images)
    created = now()
    return environment.get_template("page.html").render(
        report=content.report,
        results=results,
        verdict=verdict(content.report),
        comparisons=significance.comparisons(content.report),
        cards=list(zip(content.report.models, content.cards, strict=True)),
        command=content.command,
        created=created,
        version=__version__,
        columns=COLUMNS,
        style=(FOLDER / "page.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=_as_data(content, results, created),
    )


def percent(share: float, digits: int = 2) -> str:
    """Return a share in percent, or `-` if it is undefined."""
    return "-" if math.isnan(share) else f"{share:.{digits}%}"


def _results(content: Content, most_images: int) -> list[Result]:
    groups = list(zip(content.report.groups, content.images, strict=True))
    parts = [(measured, images) for group, images in groups for measured in group]
    most = most_images // max(1, len(parts))
    return [Result(*part, number, most) for number, part in enumerate(parts, start=1)]


def _as_data(content: Content, results: Sequence[Result], created: str) -> str:
    """Return the page's data as JSON that is safe inside of a script element."""
    value = {
        "mnistkit": __version__,
        "created": created,
        "command": content.command,
        "evaluation": _without_zeros(content.to_json(content.report)),
        "cards": [card.to_json() for card in content.cards],
        "calibration": [result.evaluation.calibration for result in results],
        "columns": COLUMNS,
        "images": [result.to_json() for result in results],
    }
    plain = typed_json.to_json(value)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(UNSAFE)


def _without_zeros(document: Any) -> Any:
    """Return the results, with the large confusion matrices as lists of their filled cells."""
    if "results" in document:
        return document | {"results": [_without_zeros(each) for each in document["results"]]}
    matrix = document.get("confusion_matrix", ())
    if len(matrix) <= MOST_DENSE:
        return document
    filled = [
        [label, predicted, count]
        for label, row in enumerate(matrix)
        for predicted, count in enumerate(row)
        if count
    ]
    return document | {"confusion_matrix": None, "confusion_cells": filled}
