"""Ctrl-C while native code runs, which Python alone does not interrupt."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")

Job = tuple[Callable[[], Any], "queue.SimpleQueue[Future[Any]]"]


class _Runner:
    """A thread that runs what the main thread waits for.

    It stays: a new one for each batch would make inference a third slower.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, run: Callable[[], Result]) -> queue.SimpleQueue[Future[Result]]:
        """Run something; return where its result will be."""
        # A fork has no thread but its own.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()
        answers: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        self._jobs.put((run, answers))
        return answers

    def _work(self) -> None:
        while True:
            run, answers = self._jobs.get()
            answer: Future[Any] = Future()
            try:
                answer.set_result(run())
            # Raised where the result is waited for.
            except BaseException as error:  # noqa: BLE001
                answer.set_exception(error)
            answers.put(answer)
            # For a main thread that was interrupted as it took the first.
            answers.put(answer)
            # Until the next job they would keep their objects alive.
            del run, answers, answer


_RUNNER = _Runner()


def run_interruptibly(run: Callable[[], Result], stop: Callable[[], None]) -> Result:
    """Return the result of `run`.

    Args:
        run: In the main thread, which alone is told of Ctrl-C, it gets another thread.
        stop: Called on Ctrl-C; lets `run` end soon, in whatever way.
    """
    if threading.current_thread() is not threading.main_thread():
        return run()
    answers = _RUNNER.start(run)
    try:
        return answers.get().result()
    except KeyboardInterrupt:
        stop()
        # Python ends daemons where they are, which native code need not survive.
        answers.get()
        raise
