"""Connections that can't be held open, or fill the memory, by a client that says nothing whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# Seconds in which the head of a request has to arrive, and its bytes at most.
HEAD_SECONDS = 20.0
MOST_HEAD_BYTES = 2**16
# Seconds in which a client has to take an answer that fills the buffers on its way.
ANSWER_SECONDS = 300.0
# Connections of a process.
MOST_CONNECTIONS = 512


class Connection(HttpToolsProtocol):
    """uvicorn's, which itself bounds neither the heads of requests nor the connections."""

    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _ended_in_data = False
    # Requests without a whole answer.
    _asked: Sequence[RequestResponseCycle] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and wait for the first head; refuse one connection too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            reason = b"too many connections; try again soon"
            self._refuse(b"503 Service Unavailable", reason, b"Retry-After: 1\r\n")
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        self._ended_in_data = False
        super().data_received(data)
        # Behind the end of a request, nothing of the next one need have arrived.
        if not self._in_head or self._ended_in_data or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(
                b"431 Request Header Fields Too Large",
                b"expected the head of a request within %d bytes, received more" % MOST_HEAD_BYTES,
            )
        elif self._timer is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the form of all errors."""
        self._refuse(b"400 Bad Request", msg.encode("ascii", "replace"))

    def on_headers_complete(self) -> None:
        """Begin to answer a request whose head is whole."""
        self._in_head, self._head_bytes = False, 0
        self._stop_waiting()
        super().on_headers_complete()
        self._asked = [each for each in self._asked if not each.response_complete] + [self.cycle]

    def on_message_complete(self) -> None:
        """Expect the next head."""
        self._in_head = self._ended_in_data = True
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait until the client takes what it has asked for."""
        super().pause_writing()
        self._stalled = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with the answer."""
        if self._stalled is not None:
            self._stalled.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        if self._stalled is not None:
            self._stalled.cancel()
        # uvicorn knows the last one only: others would be answered into a closed connection.
        for each in self._asked:
            each.disconnected = True
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: bytes, reason: bytes, header: bytes = b"") -> None:
        """Answer with an error, whose reason needs no escaping in JSON, and close."""
        body = b'{"error":"%s"}' % reason
        head = (
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"%sConnection: close\r\n\r\n" % (status, len(body), header)
        )
        self.transport.write(head + body)
        self.transport.close()
