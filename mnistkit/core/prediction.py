"""Classifying a stream of sources, decoding overlapped with inference."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import Images
from mnistkit.core.model import Classifier
from mnistkit.core.sources import Source
from mnistkit.errors import PictureError

# Two threads decode while a third runs the model; all of it waits for two cores anyway.
WORKERS = 2
BATCH_SIZE = 32
# Sources taken in advance: what bounds the memory, however many there are.
AHEAD = 8 * BATCH_SIZE


@dataclass(frozen=True)
class Prediction:
    """The answer to one source.

    Args:
        source: Its name.
        probabilities: float32 (classes,); None without ink or with an error.
        error: Why it could not be read.
    """

    source: str
    probabilities: NDArray[np.float32] | None = None
    error: str | None = None


@dataclass(frozen=True)
class _Prepared:
    source: str
    image: Images | None = None
    error: str | None = None


def predict(classifier: Classifier, sources: Iterable[Source]) -> Iterator[Prediction]:
    """Yield one prediction a source, in their order, each as soon as it can be had."""
    for batch in _prepared_batches(classifier, sources):
        images = [prepared.image for prepared in batch if prepared.image is not None]
        rows = iter(classifier.predict(np.stack(images)) if images else ())
        for prepared in batch:
            probabilities = next(rows) if prepared.image is not None else None
            yield Prediction(prepared.source, probabilities, prepared.error)


def _prepare(classifier: Classifier, source: Source) -> _Prepared:
    try:
        image = source.image if source.read is None else classifier.prepare(source.read())
    except PictureError as error:
        return _Prepared(source.name, error=str(error))
    return _Prepared(source.name, image)


def _prepared_batches(
    classifier: Classifier, sources: Iterable[Source]
) -> Iterator[list[_Prepared]]:
    """Yield what is ready, one at least, never waiting for a batch to fill."""
    upcoming: queue.Queue[Future[_Prepared] | None] = queue.Queue(AHEAD)
    pending: deque[Future[_Prepared] | None] = deque()
    abandoned = threading.Event()

    def feed() -> None:
        try:
            for source in sources:
                if abandoned.is_set():
                    return
                upcoming.put(pool.submit(_prepare, classifier, source))
        # Whatever stops the sources is raised where their results are read.
        except BaseException as error:  # noqa: BLE001
            failed: Future[_Prepared] = Future()
            failed.set_exception(error)
            upcoming.put(failed)
        upcoming.put(None)

    pool = ThreadPoolExecutor(WORKERS)
    # A daemon, since it may wait for a stdin that never ends.
    threading.Thread(target=feed, daemon=True).start()
    try:
        while batch := _ready(upcoming, pending):
            yield batch
    finally:
        abandoned.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _ready(
    upcoming: queue.Queue[Future[_Prepared] | None], pending: deque[Future[_Prepared] | None]
) -> list[_Prepared]:
    """Wait for the next source, and take those behind it that are prepared already.

    Args:
        upcoming: Where the sources arrive, None after the last.
        pending: What was taken from there and not yet answered; changed.

    Returns:
        An empty list after the last source.
    """
    if not pending:
        pending.append(upcoming.get())
    with suppress(queue.Empty):
        while len(pending) < BATCH_SIZE:
            pending.append(upcoming.get_nowait())
    batch: list[_Prepared] = []
    while pending and (head := pending[0]) is not None and (not batch or head.done()):
        pending.popleft()
        batch.append(head.result())
    return batch
