"""Requests that arrive together are one batch of the model."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.serving.replies import busy
from mnistkit.serving.settings import Batching

Infer = Callable[[Images], Probabilities]


@dataclass(frozen=True)
class _Job:
    """Images that wait for the model, since when, and the future of their probabilities."""

    images: Images
    since: float
    answer: asyncio.Future[Probabilities]


class Batcher:
    """Gives a model the images of several requests at once.

    What arrives while all threads are busy waits, and becomes the next batch.

    Args:
        infer: From uint8 (n, 28, 28) to float32 (n, classes); several threads call it at once.
        batching: How large a batch is, and how long it waits for others.
        queue: Images that wait at most.
        threads: Batches at once.
        started: Told the number of images of each batch.
    """

    def __init__(
        self,
        infer: Infer,
        batching: Batching,
        queue: int,
        threads: int,
        started: Callable[[int], None],
    ) -> None:
        self._infer, self._batching, self._queue = infer, batching, queue
        self._free, self._started = threads, started
        self._pool = ThreadPoolExecutor(threads, "batch")
        self._jobs: deque[_Job] = deque()
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    async def submit(self, images: Images) -> Probabilities:
        """Return the probabilities of images, float32 (n, classes) for uint8 (n, 28, 28).

        Raises:
            RequestError: Too many images wait.
            ModelError: The model fails.
        """
        if self._jobs and self._waiting + len(images) > self._queue:
            raise busy("images", self._queue)
        loop = asyncio.get_running_loop()
        job = _Job(images, loop.time(), loop.create_future())
        self._jobs.append(job)
        self._waiting += len(images)
        if self._free and (self._timer is None or self._waiting >= self._batching.most):
            # Not at once: others may have arrived in the same moment.
            self._begin_in(0)
        return await job.answer

    def close(self) -> None:
        """End the threads; no batch is begun any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        """Begin batches as long as there are jobs and free threads."""
        self._stop_timer()
        loop = asyncio.get_running_loop()
        while self._free and self._jobs:
            early = self._jobs[0].since + self._batching.wait - loop.time()
            if early > 0 and self._waiting < self._batching.most:
                self._begin_in(early)
                return
            jobs = self._take()
            if jobs:
                self._run(loop, jobs)

    def _begin_in(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self) -> list[_Job]:
        """Return the jobs of the next batch, without those that nobody waits for any more."""
        jobs: list[_Job] = []
        images = 0
        while self._jobs and (
            not jobs or images + len(self._jobs[0].images) <= self._batching.most
        ):
            job = self._jobs.popleft()
            self._waiting -= len(job.images)
            if not job.answer.done():
                jobs.append(job)
                images += len(job.images)
        return jobs

    def _run(self, loop: asyncio.AbstractEventLoop, jobs: Sequence[_Job]) -> None:
        images = [job.images for job in jobs]
        self._started(sum(map(len, images)))
        self._free -= 1
        running = loop.run_in_executor(self._pool, self._predict, images)
        running.add_done_callback(lambda done: self._end(done, jobs))

    def _predict(self, images: Sequence[Images]) -> Probabilities:
        return self._infer(images[0] if len(images) == 1 else np.concatenate(images))

    def _end(self, done: asyncio.Future[Probabilities], jobs: Sequence[_Job]) -> None:
        """Give every job its rows, or the error of all."""
        self._free += 1
        self._begin()
        first = 0
        for job in jobs:
            rows = slice(first, first + len(job.images))
            first = rows.stop
            # Nobody may wait for it any more.
            if not job.answer.done():
                _pass_on(done, job.answer, rows)


def _pass_on(
    done: asyncio.Future[Probabilities], answer: asyncio.Future[Probabilities], rows: slice
) -> None:
    if error := done.exception():
        answer.set_exception(error)
    else:
        answer.set_result(done.result()[rows])
