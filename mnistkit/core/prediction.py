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


_Future = Future[_Prepared]


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
    waited for at exit. What passes between them and the reader are simple queues alone: a
    Ctrl-C in the middle of any other lock would leave it locked.
    """

    def __init__(self, classifier: Classifier, sources: Iterable[Source]) -> None:
        self._classifier = classifier
        self._tasks: queue.SimpleQueue[tuple[_Future, Source] | None] = queue.SimpleQueue()
        self._upcoming: queue.SimpleQueue[_Future | None] = queue.SimpleQueue()
        self._permits: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._pending: deque[_Future | None] = deque()
        self._abandoned = False
        for _ in range(AHEAD):
            self._permits.put(None)
        threading.Thread(target=self._feed, args=(sources,), daemon=True).start()
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def batches(self) -> Iterator[list[_Prepared]]:
        """Yield what is ready, one at least, never waiting for a batch to fill."""
        try:
            while batch := self._ready():
                yield batch
        finally:
            # Let every thread come to its end.
            self._abandoned = True
            self._permits.put(None)
            for _ in range(WORKERS):
                self._tasks.put(None)

    def _feed(self, sources: Iterable[Source]) -> None:
        try:
            for source in sources:
                self._permits.get()
                if self._abandoned:
                    return
                future = _Future()
                self._tasks.put((future, source))
                self._upcoming.put(future)
        # Whatever stops the sources is raised where their results are read.
        except BaseException as error:  # noqa: BLE001
            failed = _Future()
            failed.set_exception(error)
            self._upcoming.put(failed)
        self._upcoming.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None and not self._abandoned:
            future, source = task
            try:
                future.set_result(_prepare(self._classifier, source))
            # As for the sources: raised where the result is read.
            except BaseException as error:  # noqa: BLE001
                future.set_exception(error)

    def _ready(self) -> list[_Prepared]:
        """Wait for the next source, and take those behind it that are prepared already.

        Returns:
            An empty list after the last source.
        """
        if not self._pending:
            self._pending.append(self._upcoming.get())
        with suppress(queue.Empty):
            while len(self._pending) < BATCH_SIZE:
                self._pending.append(self._upcoming.get_nowait())
        batch: list[_Prepared] = []
        while self._pending:
            head = self._pending[0]
            if head is None or (batch and not _has_result(head)):
                break
            self._pending.popleft()
            self._permits.put(None)
            batch.append(head.result())
        return batch


def _has_result(future: _Future) -> bool:
    """Whether there is one; what failed is raised only after the answers before it."""
    return future.done() and future.exception() is None
