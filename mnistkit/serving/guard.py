"""What happens around every request: who may ask, what is logged and counted, how errors end."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnistkit.errors import MnistkitError, first_line
from mnistkit.serving.addresses import OwnNames
from mnistkit.serving.metrics import Metrics
from mnistkit.serving.replies import RequestError, told

logger = logging.getLogger(__name__)

OPEN_PATHS = frozenset({"/v2/health/live", "/v2/health/ready"})
"""What needs no token."""

# nginx's status of a client that went away before its answer.
GONE = 499
OTHER = "other"

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Lets requests through to an application, and accounts for each.

    Args:
        app: The application; may raise `RequestError`.
        own: The server's own hosts and origins.
        token: What a client has to show; None for nothing.
        metrics: Told of every request.
    """

    def __init__(self, app: ASGIApp, own: OwnNames, token: str | None, metrics: Metrics) -> None:
        self._app, self._own, self._metrics = app, own, metrics
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        answer = _Answer(send)
        try:
            self._check(scope)
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = GONE
        # Nothing that a client sends ends a server, or is told to it but in one line.
        except Exception as error:  # noqa: BLE001
            _log(error)
            if not answer.status:
                await told(error).reply()(scope, receive, answer.send)
        finally:
            self._account(scope, answer.status, time.perf_counter() - began)

    def _check(self, scope: Scope) -> None:
        """Raise `RequestError` for a request that this server does not answer."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._own.has_host(host):
            raise RequestError(
                403,
                "expected a Host header that names this server, received another; start it with "
                "--allow-host NAME if the name is its own",
            )
        if origin is not None and not self._own.has_origin(origin, host):
            raise RequestError(
                403, "expected a request of this server's own page, received one of another origin"
            )
        if self._token is not None and scope["path"] not in OPEN_PATHS:
            _check_token(headers.get("authorization", ""), self._token)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        endpoint = getattr(scope.get("route"), "path", OTHER)
        self._metrics.count_request(endpoint, status, seconds)
        client = scope["client"][0] if scope.get("client") else "-"
        path = scope["raw_path"].decode("latin-1")
        logger.info("%s %s %s %d %.1f ms", client, scope["method"], path, status, 1000 * seconds)


class _Answer:
    """What is sent to a client."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _log(error: Exception) -> None:
    """Log an error that is no fault of the client's."""
    if isinstance(error, RequestError):
        return
    if isinstance(error, MnistkitError):
        logger.error("%s", error)
    else:
        debugging = logger.isEnabledFor(logging.DEBUG)
        kind, reason = type(error).__name__, first_line(error)
        logger.error("unexpected %s: %s", kind, reason, exc_info=error if debugging else None)


def _check_token(authorization: str, token: bytes) -> None:
    """Raise `RequestError` for a request without the token.

    A browser asks its user for it, as the password of HTTP's Basic authentication.
    """
    scheme, _, given = authorization.partition(" ")
    # A header is decoded as Latin-1; its bytes are what the client sent.
    shown = _password(given) if scheme.lower() == "basic" else given.strip().encode("latin-1")
    if scheme.lower() not in {"basic", "bearer"} or not hmac.compare_digest(shown, token):
        raise RequestError(
            401,
            "expected the server's token as `Authorization: Bearer TOKEN`, received "
            f"{'another' if authorization else 'none'}",
            {"WWW-Authenticate": 'Basic realm="mnistkit", charset="UTF-8"'},
        )


def _password(credentials: str) -> bytes:
    try:
        return base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
