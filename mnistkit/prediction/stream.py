"""Predicting a stream of sources on all cores, in order."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.core.cores import usable_cores
from mnistkit.core.models.classifier import BATCH_SIZE, Classifier
from mnistkit.core.preprocessing.preparation import Prepared, prepare
from mnistkit.errors import PictureError
from mnistkit.prediction.records import Prediction
from mnistkit.prediction.sources import ImageSource, PictureSource, Source

# While one worker waits for a slow picture, another predicts the others.
FEWEST_WORKERS = 2
# Seconds between attempts to stop a model, which may not have started at the first one.
STOP_INTERVAL = 0.05
# Seconds that a worker waits for another one that prepares pictures. Several at once would hand
# each other Python's lock at every file and array of a small picture, which takes longer than
# preparing it. Large ones take longer than this, mostly in native code.
PREPARING_ALONE = 0.01
# Sources taken in advance, which bounds the memory.
AHEAD = 16 * BATCH_SIZE


def _ignore() -> None:
    """Default: do nothing."""


@dataclass(slots=True, eq=False)
class _Answer:
    """What becomes of a source: a prediction, or what is raised in its place."""

    prediction: Prediction | None = None
    error: BaseException | None = None

    @property
    def known(self) -> bool:
        return self.prediction is not None or self.error is not None

    def result(self) -> Prediction:
        if self.prediction is None:
            raise cast(BaseException, self.error)
        return self.prediction


_Task = tuple[Source, _Answer]
_Prepared = tuple[Source, Images, bool, _Answer]


def predict(
    classifier: Classifier,
    sources: Iterable[Source],
    waiting: Callable[[], None] = _ignore,
    cores: int | None = None,
) -> Iterator[Prediction]:
    """Yield one prediction per source, in order, each as soon as it is known.

    Args:
        classifier: The model; several threads call it at once, each with one core.
        sources: The sources, of which a bounded number is taken in advance.
        waiting: Called when the next prediction is not known yet, to flush what was printed.
        cores: How many to use; None for all that this process may use.
    """
    return _Answering(classifier, sources, cores or usable_cores()).predictions(waiting)


class _Answering:
    """The threads that predict, and the queues between them and the reader.

    The threads are daemons, because one may wait for a stdin that never ends, and Python waits for
    an executor's threads at exit. The queues are simple ones, because a Ctrl-C within any other
    lock would leave it locked. Permits and news are of whole batches where they can be: each wakes
    a thread, which costs as much as preparing a small picture.
    """

    def __init__(self, classifier: Classifier, sources: Iterable[Source], cores: int) -> None:
        self._classifier = classifier
        # A None among the tasks wakes a worker.
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._prepared: queue.SimpleQueue[_Prepared] = queue.SimpleQueue()
        self._upcoming: queue.SimpleQueue[_Answer | None] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._permits: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._turns: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._preparing = threading.Lock()
        self._abandoned = False
        # Each worker reads, prepares and classifies, so that no core waits for another.
        self._cores = cores
        self._workers = max(self._cores, FEWEST_WORKERS)
        for _ in range(AHEAD // BATCH_SIZE):
            self._permits.put(None)
        for _ in range(self._cores):
            self._turns.put(None)
        threading.Thread(target=self._feed, args=(sources,), daemon=True).start()
        for _ in range(self._workers):
            threading.Thread(target=self._work, daemon=True).start()

    def predictions(self, waiting: Callable[[], None]) -> Iterator[Prediction]:
        """Yield the predictions; an error of the sources or the model is raised in its place."""
        try:
            for answered in itertools.count(1):
                answer = self._next(waiting)
                if answer is None:
                    return
                yield answer.result()
                if answered % BATCH_SIZE == 0:
                    self._permits.put(None)
        except KeyboardInterrupt:
            self._abandon(self._classifier.stop)
            raise
        finally:
            self._abandon(_ignore)

    def _next(self, waiting: Callable[[], None]) -> _Answer | None:
        """Return the next answer once it is known; None at the end."""
        if self._upcoming.empty():
            waiting()
        answer = self._upcoming.get()
        while answer is not None and not answer.known:
            waiting()
            self._news.get()
        return answer

    def _abandon(self, stop: Callable[[], None]) -> None:
        """Stop all threads, and wait until none uses the model.

        Python ends daemon threads anywhere at exit, and native code may crash if it is running.

        Args:
            stop: Called until no thread uses the model.
        """
        if self._abandoned:
            return
        self._abandoned = True
        self._permits.put(None)
        for _ in range(self._workers):
            self._tasks.put(None)
        turns = 0
        while turns < self._cores:
            stop()
            with suppress(queue.Empty):
                self._turns.get(timeout=STOP_INTERVAL)
                turns += 1

    def _feed(self, sources: Iterable[Source]) -> None:
        try:
            for number, source in enumerate(sources):
                if number % BATCH_SIZE == 0:
                    self._permits.get()
                if self._abandoned:
                    return
                answer = _Answer()
                self._tasks.put((source, answer))
                self._upcoming.put(answer)
        # An error of the sources is raised where the predictions are read.
        except BaseException as error:  # noqa: BLE001
            self._upcoming.put(_Answer(error=error))
        self._upcoming.put(None)

    def _work(self) -> None:
        while not self._abandoned:
            task = self._tasks.get()
            if task is not None:
                self._prepare_batch(task)
            # A whole batch waits, or some images do and no tasks.
            while (waiting := self._prepared.qsize()) and (
                waiting >= BATCH_SIZE or self._tasks.empty()
            ):
                self._classify()

    def _prepare_batch(self, task: _Task | None) -> None:
        """Prepare a task and those that wait, at most a batch."""
        alone = self._preparing.acquire(timeout=PREPARING_ALONE)
        try:
            for _ in range(BATCH_SIZE - 1):
                if task is not None:
                    self._prepare(*task)
                task = self._tasks.get_nowait()
            if task is not None:
                self._prepare(*task)
        except queue.Empty:
            return
        finally:
            if alone:
                self._preparing.release()

    def _prepare(self, source: Source, answer: _Answer) -> None:
        """Prepare a source for the model, or answer it if it has an error or no ink."""
        try:
            prepared = self._input_of(source)
        except PictureError as error:
            answer.prediction = Prediction(source.name, error=str(error))
        # Raised where the predictions are read.
        except BaseException as error:  # noqa: BLE001
            answer.error = error
        else:
            if prepared.image is not None:
                self._queue((source, prepared.image, prepared.several, answer))
                return
            answer.prediction = Prediction(source.name)
        self._news.put(None)

    def _queue(self, prepared: _Prepared) -> None:
        first = self._prepared.empty()
        self._prepared.put(prepared)
        if first:
            # Wakes another worker, in case the next source takes this one long.
            self._tasks.put(None)

    def _input_of(self, source: Source) -> Prepared:
        """Return the model's input; none for a picture without ink."""
        match source:
            case PictureSource():
                return prepare(source.read().upright(), self._classifier.card.preparation)
            case ImageSource():
                return Prepared(source.image)

    def _classify(self) -> None:
        """Classify the prepared images, at most one batch."""
        batch: list[_Prepared] = []
        with suppress(queue.Empty):
            while len(batch) < BATCH_SIZE:
                batch.append(self._prepared.get_nowait())
        self._turns.get()
        try:
            if batch and not self._abandoned:
                rows = self._classifier.predict(np.stack([image for _, image, _, _ in batch]))
                for (source, image, several, answer), row in zip(batch, rows, strict=True):
                    true_label = source.true_label if isinstance(source, ImageSource) else None
                    answer.prediction = Prediction(
                        source.name, row, None, image, true_label, several
                    )
        except BaseException as error:  # noqa: BLE001
            for *_, answer in batch:
                answer.error = error
        finally:
            self._turns.put(None)
            self._news.put(None)
