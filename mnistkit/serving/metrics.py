"""What Prometheus reads of a server, of all its processes together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response

from mnistkit.core.arrays import Probabilities

disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder where processes of one server share figures."""


@contextmanager
def shared_figures() -> Iterator[None]:
    """Let the processes that are started in the block count together."""
    with TemporaryDirectory(prefix="mnistkit-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[SHARED_FOLDER]


class Metrics:
    """The figures of a server.

    Args:
        class_names: Those of the model.
    """

    def __init__(self, class_names: tuple[str, ...]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mnistkit_requests",
            "Requests by what was asked for and the status of the answer.",
            ("endpoint", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "mnistkit_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("endpoint",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._batches = Histogram(
            "mnistkit_batch_images", "Images of a batch.", buckets=IMAGES, registry=self._registry
        )
        predictions = Counter(
            "mnistkit_predictions",
            "Images by the label that the model gave them.",
            ("label",),
            registry=self._registry,
        )
        self._predictions = [predictions.labels(name) for name in class_names]

    def count_request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            endpoint: One of few, as each is kept for ever.
            status: Of the answer.
            seconds: What it took.
        """
        self._requests.labels(endpoint, status).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def count_batch(self, images: int) -> None:
        """Count a batch."""
        self._batches.observe(images)

    def count_predictions(self, rows: Probabilities) -> None:
        """Count the labels of float32 (n, classes)."""
        counts = np.bincount(rows.argmax(axis=1))
        for index in np.flatnonzero(counts):
            self._predictions[index].inc(int(counts[index]))

    def reply(self) -> Response:
        """Return all figures in Prometheus's text format."""
        registry = self._registry
        if SHARED_FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE)
