"""How long `evaluate --report` takes beyond evaluating, and how large the page is.

    python tests/benchmarks/report.py DIR

DIR has MNIST. Bounds: 5 s and 2 MB for its 10,000 test images. The seconds are those of the CPU,
which other programs do not change; it works in one thread.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from mnistkit.cli.evaluate import results
from mnistkit.core.models.choice import choose
from mnistkit.evaluation import measuring
from mnistkit.evaluation.results import Report
from mnistkit.fetching.store import Store

BOUND_SECONDS, BOUND_BYTES = 5.0, 2_000_000


def main(folder: str) -> None:
    """Print the seconds, with the imports, and the bytes."""
    candidate = measuring.open_candidate(choose("bundled"))
    loaded = measuring.load([candidate], "mnist", "test", Store(data_dir=Path(folder)), None)
    outcome = measuring.measure([candidate], loaded)
    began = time.perf_counter(), time.process_time()
    from mnistkit.reporting.page.writing import Content, write_page

    report = Report((candidate.name,), 1, [outcome])
    cards = [candidate.classifier.card]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.html"
        write_page(Content(report, [loaded.images], cards, "", results.to_json), path)
        seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        size = path.stat().st_size
    print(f"report of {len(loaded.images):,} images: {seconds:.2f} s ({cpu:.2f} s of CPU time)")
    print(f"page: {size:,} bytes")
    if cpu > BOUND_SECONDS or size > BOUND_BYTES:
        sys.exit(f"expected at most {BOUND_SECONDS:g} s and {BOUND_BYTES:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
