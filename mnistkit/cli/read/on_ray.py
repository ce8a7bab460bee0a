"""`mnistkit read --ray`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mnistkit.cli.on_ray import RayRequest, answer_on_ray
from mnistkit.reading.turn import Turn

TAKEN = (
    *("pictures", "rotate", "min_confidence", "handwritten", "model", "format"),
    *("ray", "ray_output", "column"),
)
"""The parameters of `read` that it takes."""

# Half a minute of one core.
PART_SIZE = 20


def read_on_ray(
    request: RayRequest,
    reader: Path,
    sources: Iterable[str],
    column: str,
    *,
    turn: Turn,
    min_confidence: float,
    handwritten: bool,
) -> None:
    """Read pages on Ray with the file of a reader."""
    from mnistkit.core.preprocessing.decoding import SUFFIXES
    from mnistkit.core.preprocessing.pages import PDF_SUFFIX
    from mnistkit.prediction.on_ray.parts import Division
    from mnistkit.prediction.on_ray.shipping import Shipped
    from mnistkit.reading.on_ray import Read

    shipped = Shipped.of(reader)
    task = Read(shipped, turn, min_confidence, handwritten)
    settings = {
        "command": "read",
        "model": shipped.checksum(),
        "--rotate": turn,
        "--min-confidence": min_confidence,
        "--handwritten": handwritten,
    }
    division = Division(PART_SIZE, column, SUFFIXES | {PDF_SUFFIX})
    answer_on_ray(request, task, sources, division, settings).check()
