"""What a server is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a client may ask for at most; each has an answer of its own.

    Args:
        body_bytes: Bytes of a request's body.
        pixels: Pixels of a picture.
        images: Images, pictures or pages of a request.
        queue: Images that wait for the model.
        seconds: From a request that was read whole to its answer.
    """

    body_bytes: int = 32 * MIB
    pixels: int = 64 * 10**6
    images: int = 1000
    queue: int = 1024
    seconds: float = 30.0


@dataclass(frozen=True)
class Batching:
    """How requests that arrive together become batches.

    Args:
        most: Images of a batch.
        wait: Seconds that the first request of a batch waits for others.
    """

    most: int
    wait: float


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Args:
        token: What a client has to show; None for nobody has to.
        insecure: Whether a server without a token may listen beyond loopback.
        hosts: Names of this server, beside its addresses and `localhost`.
    """

    token: str | None = None
    insecure: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collecting:
    """Where labelled pictures are kept, and how many bytes of them at most."""

    folder: Path
    most_bytes: int


@dataclass(frozen=True)
class ServeSettings:
    """All that a server is asked to be.

    Args:
        model: The path of the model.
        reader: The file of the page reader, or `bundled`.
        host: The address or name it listens at.
        port: 0 for any that is free.
        workers: Processes.
        batching: How requests become batches.
        access: Who may ask.
        limits: What a client may ask for at most.
        collecting: Where labelled pictures are kept; None for nowhere.
    """

    model: Path
    reader: str
    host: str
    port: int
    workers: int
    batching: Batching
    access: Access
    limits: Limits
    collecting: Collecting | None
