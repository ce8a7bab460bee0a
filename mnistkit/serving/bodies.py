"""Reading the bodies of requests within their limits, in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from mnistkit.serving.replies import RequestError, busy
from mnistkit.serving.settings import MIB

# Seconds in which the next part of a body has to arrive, and all of it.
PART_SECONDS, BODY_SECONDS = 20.0, 300.0
# How many bodies of the largest size may be in memory at once; a form takes three times its size.
MOST_WHOLE = 4


@dataclass
class Bodies:
    """Reads bodies within the limit of each, and of all that are in memory at once.

    Args:
        most_bytes: Of a body.
    """

    most_bytes: int
    _held: int = field(default=0, init=False)

    @asynccontextmanager
    async def whole(self, request: Request) -> AsyncIterator[bytes]:
        """Hold a request's body in memory during the block.

        Raises:
            RequestError: It is too large, too slow or compressed, or there are too many.
        """
        self._check(request.headers)
        parts: list[bytes] = []
        size = 0
        until = asyncio.get_running_loop().time() + BODY_SECONDS
        try:
            async for part in _parts(request, until):
                parts.append(part)
                size += len(part)
                self._held += len(part)
                if size > self.most_bytes:
                    raise self._too_large()
                if self._held > MOST_WHOLE * self.most_bytes:
                    raise busy("bodies of the largest size", MOST_WHOLE)
            body = b"".join(parts)
            parts.clear()
            yield body
        finally:
            self._held -= size

    def _check(self, headers: Headers) -> None:
        """Raise `RequestError` for a body that is refused before it is read."""
        if headers.get("content-encoding", "identity") != "identity":
            raise RequestError(
                415, "expected a body as it is, received a compressed one; send it uncompressed"
            )
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self.most_bytes:
            raise self._too_large()

    def _too_large(self) -> RequestError:
        return RequestError(
            413,
            f"expected a body of at most {self.most_bytes / MIB:,g} MiB, received a larger one; "
            "send less at once",
        )


async def _parts(request: Request, until: float) -> AsyncIterator[bytes]:
    """Yield a body part by part as it arrives."""
    loop = asyncio.get_running_loop()
    more = True
    while more:
        try:
            async with asyncio.timeout(min(PART_SECONDS, until - loop.time())):
                message = await request.receive()
        except TimeoutError as error:
            raise RequestError(
                408, "expected a whole body soon, received a part of it; send it again"
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)
