"""Ctrl-C while native code runs, which Python alone does not interrupt."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def run_interruptibly(run: Callable[[], Result], stop: Callable[[], None]) -> Result:
    """Return the result of `run`.

    Args:
        run: In the main thread, which alone is told of Ctrl-C, it gets a thread of its own.
        stop: Called on Ctrl-C; lets `run` end soon, in whatever way.
    """
    if threading.current_thread() is not threading.main_thread():
        return run()
    answers: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()

    def work() -> None:
        answer: Future[Result] = Future()
        try:
            answer.set_result(run())
        # Raised where the result is waited for.
        except BaseException as error:  # noqa: BLE001
            answer.set_exception(error)
        answers.put(answer)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        return answers.get().result()
    except KeyboardInterrupt:
        stop()
        # Python ends daemons where they are, which native code need not survive.
        thread.join()
        raise
