"""What a server's answers are made with: its models, its threads, its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request

from mnistkit.core.cores import usable_cores
from mnistkit.core.models.choice import BUNDLED, is_bundled
from mnistkit.core.models.classifier import Classifier
from mnistkit.prediction.opening import open_served
from mnistkit.serving.batching import Batcher
from mnistkit.serving.bodies import Bodies
from mnistkit.serving.collection import Collection
from mnistkit.serving.metrics import Metrics
from mnistkit.serving.replies import RequestError, busy
from mnistkit.serving.settings import ServeSettings

if TYPE_CHECKING:
    # OpenCV, which it brings, would slow the start.
    from mnistkit.reading.reader import Reader

Result = TypeVar("Result")

# Pages that wait to be read.
MOST_PAGES = 16


class BoundedPool:
    """A pool of threads for which a bounded number of things wait.

    Args:
        threads: How many.
        most: Things that wait or are done at once.
        what: Their name in the plural.
    """

    def __init__(self, threads: int, most: int, what: str) -> None:
        self._pool = ThreadPoolExecutor(threads, what)
        self._most, self._what = most, what
        self._admitted = 0

    @contextmanager
    def admitted(self, count: int) -> Iterator[None]:
        """Keep places for things during the block.

        Raises:
            RequestError: There are not enough.
        """
        if self._admitted and self._admitted + count > self._most:
            raise busy(self._what, self._most)
        self._admitted += count
        try:
            yield
        finally:
            self._admitted -= count

    async def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return what a function returns in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, function, *arguments)

    def close(self) -> None:
        """End the threads behind what they are doing."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class ServedReader:
    """The page reader, which is opened when the first page is to be read.

    Args:
        model: Its file, or `bundled`.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._opened: Reader | None = None
        self.name = Path(model).stem
        """What clients call it."""
        if model != BUNDLED:
            # What a user named may be unusable, which is told at the start.
            self.open()

    def open(self) -> Reader:
        """Return it; raises `ModelError`."""
        if self._opened is None:
            from mnistkit.reading.reader import choose_reader, open_reader

            self._opened = open_reader(choose_reader(self._model))
        return self._opened


@dataclass(frozen=True)
class Service:
    """What a server's answers are made with.

    Args:
        settings: What it was asked to be.
        name: What clients call the model.
        classifier: The model.
        reader: The page reader.
        batcher: Gives images to the model.
        preparing: Prepares pictures.
        reading: Reads pages, one at a time on all cores.
        bodies: Reads the bodies of requests.
        metrics: Counts.
        collection: Keeps labelled pictures; None if it keeps none.
    """

    settings: ServeSettings
    name: str
    classifier: Classifier
    reader: ServedReader
    batcher: Batcher
    preparing: BoundedPool
    reading: BoundedPool
    bodies: Bodies
    metrics: Metrics
    collection: Collection | None

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """Bound the time of a block; raises `RequestError` behind it."""
        seconds = self.settings.limits.seconds
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise RequestError(
                504, f"expected to answer within {seconds:g} s, which was not enough; send less"
            ) from error

    def close(self) -> None:
        """End what runs for nobody any more."""
        for part in (self.batcher, self.preparing, self.reading):
            part.close()
        self.classifier.stop()


def open_service(settings: ServeSettings) -> Service:
    """Return a service with its models open.

    Raises:
        MnistkitError: A model can't be used, or the folder to collect in.
    """
    cores = max(usable_cores() // settings.workers, 1)
    limits = settings.limits
    classifier = open_served(settings.model, threads=1)
    metrics = Metrics(classifier.class_names)
    collecting = settings.collecting
    return Service(
        settings,
        name_on_wire(settings.model),
        classifier,
        ServedReader(settings.reader),
        Batcher(classifier.predict, settings.batching, limits.queue, cores, metrics.count_batch),
        BoundedPool(cores, limits.queue, "pictures"),
        BoundedPool(1, MOST_PAGES, "pages"),
        Bodies(limits.body_bytes),
        metrics,
        Collection.open(collecting, classifier.class_names) if collecting else None,
    )


def name_on_wire(path: Path) -> str:
    """Return what clients call a model: `bundled`, or the name of its run or file."""
    if is_bundled(path):
        return BUNDLED
    resolved = path.resolve()
    return resolved.name if resolved.is_dir() else resolved.stem


def service_of(request: Request) -> Service:
    """Return the service that a request is answered with."""
    service: Service = request.app.state.service
    return service
