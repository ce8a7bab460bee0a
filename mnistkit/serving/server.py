"""A server from its start to its end."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from mnistkit.serving.addresses import OwnNames, check_exposure, listen, url_of
from mnistkit.serving.app import make_app
from mnistkit.serving.connection import Connection
from mnistkit.serving.metrics import shared_figures
from mnistkit.serving.service import open_service
from mnistkit.serving.settings import ServeSettings

logger = logging.getLogger(__name__)

# Seconds beyond a request's, in which its answer is sent when the server is told to end.
SENDING_SECONDS = 5
# Seconds in which a worker has to show that it lives: it may be out of turn on a busy machine.
WORKER_SECONDS = 60


@dataclass(frozen=True)
class Starting:
    """What a process of a server does before it answers.

    Args:
        settings: What the server is asked to be.
        own: Its hosts and origins.
        prepare: Sets up the log of the process.
    """

    settings: ServeSettings
    own: OwnNames
    prepare: Callable[[], None]

    def __call__(self) -> ASGIApp:
        """Return the application."""
        self.prepare()
        return make_app(open_service(self.settings), self.own)


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
        if settings.workers == 1:
            app = make_app(open_service(settings), own)
            ready(url_of(bound))
            _run_alone(_config(settings, app), bound)
        else:
            # Opened once before, so that what is wrong is told once.
            open_service(settings).close()
            config = _config(settings, Starting(settings, own, prepare), factory=True)
            with shared_figures():
                ready(url_of(bound))
                Multiprocess(config, [bound]).run()


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
