"""Classifying a stream of sources, decoding overlapped with inference."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import Images
from mnistkit.core.model import BATCH_SIZE, Classifier
from mnistkit.core.sources import Source
from mnistkit.errors import PictureError

# Two threads decode while a third runs the model; all of it waits for two cores anyway.
WORKERS = 2
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
    for batch in _Preparation(classifier, sources).batches():
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


class _Preparation:
    """Threads that read and prepare sources, no more than a bounded number in advance.

    They are daemons, since one may wait for a stdin that never ends; an executor's would be
    waited for at exit.
    """

    def __init__(self, classifier: Classifier, sources: Iterable[Source]) -> None:
        self._classifier = classifier
        self._tasks: queue.SimpleQueue[tuple[Future[_Prepared], Source] | None]
        self._tasks = queue.SimpleQueue()
        self._upcoming: queue.Queue[Future[_Prepared] | None] = queue.Queue(AHEAD)
        self._abandoned = threading.Event()
        threading.Thread(target=self._feed, args=(sources,), daemon=True).start()
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def batches(self) -> Iterator[list[_Prepared]]:
        """Yield what is ready, one at least, never waiting for a batch to fill."""
        pending: deque[Future[_Prepared] | None] = deque()
        try:
            while batch := _ready(self._upcoming, pending):
                yield batch
        finally:
            self._abandon()

    def _feed(self, sources: Iterable[Source]) -> None:
        try:
            for source in sources:
                future: Future[_Prepared] = Future()
                self._tasks.put((future, source))
                self._upcoming.put(future)
                if self._abandoned.is_set():
                    return
        # Whatever stops the sources is raised where their results are read.
        except BaseException as error:  # noqa: BLE001
            self._upcoming.put(_failed(error))
        self._upcoming.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None and not self._abandoned.is_set():
            future, source = task
            try:
                future.set_result(_prepare(self._classifier, source))
            # As for the sources: raised where the result is read.
            except BaseException as error:  # noqa: BLE001
                future.set_exception(error)

    def _abandon(self) -> None:
        """Let every thread come to its end."""
        self._abandoned.set()
        for _ in range(WORKERS):
            self._tasks.put(None)
        # Room for what the feeder is waiting to put.
        with suppress(queue.Empty):
            while True:
                self._upcoming.get_nowait()


def _failed(error: BaseException) -> Future[_Prepared]:
    future: Future[_Prepared] = Future()
    future.set_exception(error)
    return future


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
    while pending and (head := pending[0]) is not None and (not batch or _has_result(head)):
        pending.popleft()
        batch.append(head.result())
    return batch


def _has_result(future: Future[_Prepared]) -> bool:
    """Whether there is one; what failed is raised only after the answers before it."""
    return future.done() and future.exception() is None
