"""Answers in JSON, and errors with their status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from mnistkit.errors import MnistkitError

JSON_TYPE = "application/json"
OPTIONS = orjson.OPT_SERIALIZE_NUMPY

Headers = Mapping[str, str]


class RequestError(Exception):
    """A request that is not answered; the message is one line.

    Args:
        status: From 400.
        message: What was expected, what was received, what to do next.
        headers: Further headers of the answer.
        record: Further keys of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        headers: Headers | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.headers, self.record = status, headers or {}, record or {}

    def reply(self) -> Response:
        """Return the answer, in the form of the Open Inference Protocol."""
        return json_reply({"error": str(self), **self.record}, self.status, self.headers)


def json_reply(value: Any, status: int = 200, headers: Headers | None = None) -> Response:
    """Return a value in JSON, with null for NaN and infinity; NumPy's arrays become lists."""
    content = orjson.dumps(value, option=OPTIONS)
    return Response(content, status, dict(headers or {}), JSON_TYPE)


def told(error: Exception) -> RequestError:
    """Return what a client is told of an error; the log is told more of the server's own."""
    if isinstance(error, RequestError):
        return error
    what = "the model failed" if isinstance(error, MnistkitError) else "this is a defect"
    return RequestError(500, f"the request could not be answered: {what}; see the server's log")


def busy(what: str, limit: int) -> RequestError:
    """Return the error of a server that has too much to do, which passes."""
    message = f"expected at most {limit:,} {what} to wait, received one more; try again soon"
    return RequestError(503, message, {"Retry-After": "1"})
