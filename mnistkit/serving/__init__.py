"""Answering over HTTP: a page to draw on, pictures, and the Open Inference Protocol.

| module     | what                                                                   |
|------------|------------------------------------------------------------------------|
| settings   | what a server is asked to be, and its limits                           |
| addresses  | where it listens, and which hosts and origins are its own              |
| server     | its sockets, its processes, its end                                    |
| connection | connections: how long a head may be and take, and how many there are   |
| guard      | around every request: host, origin, token, log, metrics, errors        |
| app        | which path is answered by what                                         |
| service    | what the answers are made with: models, threads, queues                |
| batching   | requests that arrive together, as one batch                            |
| bodies     | reading requests within their limits                                   |
| protocol   | the Open Inference Protocol, version 2                                 |
| tensors    | its tensors, in JSON and in binary                                     |
| pictures   | pictures and pages, answered with the records of the command line      |
| collecting | keeping a picture with its label: the request ...                      |
| collection | ... and the folder dataset                                             |
| metrics    | what Prometheus reads                                                  |
| queries    | what is asked in the query of a request                                |
| forms      | forms with pictures                                                    |
| numerals   | whole numbers in the texts of requests                                 |
| watching   | saying that the model on the disk is no longer the one that is served  |
| replies    | answers in JSON, and errors with their status                          |
| static     | the files of the page                                                  |

All modules but this one, `settings` and `addresses` import FastAPI or what comes with it, which
are optional dependencies.
"""

from __future__ import annotations

from mnistkit.core.packages import require_extra

NEEDED = {
    "FastAPI": "fastapi",
    "uvicorn": "uvicorn",
    "httptools": "httptools",
    "orjson": "orjson",
    "prometheus-client": "prometheus_client",
    "python-multipart": "python_multipart",
}
"""The modules of what `.[serve]` installs, by their names."""


def require_serving() -> None:
    """Raise `MissingError` with the command that installs what is missing, if anything is."""
    require_extra("mnistkit serve", "serve", NEEDED)
