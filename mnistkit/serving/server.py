"""A server from its start to its end."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from mnistkit.errors import MnistkitError, ModelError
from mnistkit.serving.addresses import OwnNames, check_exposure, listen, url_of
from mnistkit.serving.app import make_app
from mnistkit.serving.connection import Connection
from mnistkit.serving.metrics import shared_figures
from mnistkit.serving.service import open_service
from mnistkit.serving.settings import ServeSettings
from mnistkit.serving.watching import watch

logger = logging.getLogger(__name__)

# Seconds beyond a request's, in which its answer is sent when the server is told to end.
SENDING_SECONDS = 5
# Seconds in which a worker has to show that it lives: it may be out of turn on a busy machine. One
# that died while it is asked is seen behind them.
WORKER_SECONDS = 10


@dataclass(frozen=True)
class AppFactory:
    """Makes the application in a process of a server that has several.

    Args:
        settings: What the server is asked to be.
        own: Its hosts and origins.
        prepare: Sets up the log of the process.
    """

    settings: ServeSettings
    own: OwnNames
    prepare: Callable[[], None]

    def __call__(self) -> ASGIApp:
        """Return the application; what prevents it is logged, and ends the server."""
        self.prepare()
        threading.Thread(target=_end_with_parent, daemon=True).start()
        try:
            return make_app(open_service(self.settings), self.own)
        except MnistkitError as error:
            logger.error("%s", error)  # noqa: TRY400 - one line
            sys.exit(STARTUP_FAILURE)


def serve(
    settings: ServeSettings, prepare: Callable[[], None], ready: Callable[[str], None]
) -> None:
    """Answer requests until SIGTERM or Ctrl-C, then what was accepted.

    Args:
        settings: What the server is asked to be.
        prepare: Sets up the log of a further process; it can be pickled.
        ready: Told the server's address when it can be asked.

    Raises:
        UsageError: The address can't be used, or needs a token.
        MnistkitError: A model can't be used, or the folder to collect in.
    """
    with closing(listen(settings.host, settings.port)) as bound:
        check_exposure(bound, settings.access)
        own = OwnNames.of(bound, settings.host, settings.access)
        # Of several processes each opens its own, but what is wrong is told once.
        service = open_service(settings)
        watch(service.classifier.path)
        ready(url_of(bound))
        if settings.workers == 1:
            _run_alone(_config(settings, make_app(service, own)), bound)
        else:
            service.close()
            _run_workers(_config(settings, AppFactory(settings, own, prepare), factory=True), bound)


def _run_workers(config: uvicorn.Config, bound: socket.socket) -> None:
    with shared_figures():
        workers = _Workers(config, [bound])
        workers.run()
    if workers.interrupted:
        raise KeyboardInterrupt
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        raise ModelError("a process of the server could not start again, so that all were ended")


def _end_with_parent() -> None:
    """End this process if the one that started it was killed: it would keep the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Workers(Multiprocess):
    """uvicorn's, which is told of Ctrl-C like of SIGTERM.

    A terminal sends Ctrl-C to its processes too. They do not take it: one that still imports would
    end with a traceback, and not answer for as long as `WORKER_SECONDS`.
    """

    interrupted = False

    def init_processes(self) -> None:
        """Start the processes."""
        # It would let Ctrl-C through if it started with the first of them.
        resource_tracker.ensure_running()
        with _ctrl_c_held_back():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Start those again that died."""
        with _ctrl_c_held_back():
            super().keep_subprocess_alive()

    def handle_signals(self) -> None:
        """Do what signals ask for, of which some start processes."""
        with _ctrl_c_held_back():
            super().handle_signals()

    def handle_int(self) -> None:
        """End, and remember why."""
        self.interrupted = True
        super().handle_int()


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Let Ctrl-C arrive behind the block, and never at a process that is started in it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _run_alone(config: uvicorn.Config, bound: socket.socket) -> None:
    # uvicorn ends, then sends itself the signal again: SIGTERM is no failure.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        uvicorn.Server(config).run([bound])
    finally:
        signal.signal(signal.SIGTERM, before)


def _config(settings: ServeSettings, app: object, *, factory: bool = False) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=factory,
        workers=settings.workers,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        # Else a client on this machine could say that it is another one.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.limits.seconds) + SENDING_SECONDS,
        timeout_worker_healthcheck=WORKER_SECONDS,
    )
