"""Where a server listens, and which hosts and origins are its own.

A page of a stranger that runs in a browser on this machine can post to loopback, and can give its
own name the address 127.0.0.1. The first is seen by its origin, the second by the host it names.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from mnistkit.errors import UsageError, reason_of
from mnistkit.serving.settings import Access

LOCALHOST = "localhost"
BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound and listens.

    Raises:
        UsageError: The port is in use, or the host is not one of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(BACKLOG)
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "not a host's name"
        raise UsageError(
            f"expected an address of this machine with a free port, received {host} port {port}: "
            f"{reason}; choose another --port or --host"
        ) from error
    return bound


def check_exposure(bound: socket.socket, access: Access) -> None:
    """Raise `UsageError` for a server that other machines reach and that asks for no token."""
    if access.token == "":
        raise UsageError("expected a token, received an empty one; choose a long random text")
    address = bound.getsockname()[0]
    if access.token is None and not access.insecure and not _is_loopback(address):
        raise UsageError(
            f"expected a token for a server that other machines reach at {address}, received none; "
            "set MNISTKIT_TOKEN, or add --insecure if anybody may use it"
        )


def url_of(bound: socket.socket) -> str:
    """Return the address of a server as a browser on this machine takes it."""
    address, port = bound.getsockname()[:2]
    ip = ip_address(address)
    if ip.is_unspecified:
        return f"http://{LOCALHOST}:{port}"
    place = f"[{address}]" if isinstance(ip, IPv6Address) else address
    return f"http://{place}:{port}"


@dataclass(frozen=True)
class OwnNames:
    """Which hosts and origins are a server's own.

    Args:
        names: In lower case.
        address: Where it listens.
    """

    names: frozenset[str]
    address: IPv4Address | IPv6Address

    @classmethod
    def of(cls, bound: socket.socket, host: str, access: Access) -> OwnNames:
        """Return the names of a server that was asked to listen at a host."""
        names = {LOCALHOST, host, *access.hosts, socket.gethostname()}
        address = ip_address(bound.getsockname()[0].partition("%")[0])
        return cls(frozenset(name.lower() for name in names if name), address)

    def has_host(self, host: str) -> bool:
        """Return whether a Host header names this server, at whatever port."""
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        if not name or not set("/?#@\\").isdisjoint(host):
            return False
        return name in self.names or host.lower() in self.names or self._has_address(name)

    def has_origin(self, origin: str, host: str) -> bool:
        """Return whether an Origin header is that of a page at this Host header."""
        scheme, _, place = origin.partition("://")
        return scheme in {"http", "https"} and place.lower() == host.lower()

    def _has_address(self, name: str) -> bool:
        """Return whether a name is an address of this server: no stranger can name his so."""
        with suppress(ValueError):
            asked = ip_address(name)
            return asked.is_loopback or asked == self.address or self.address.is_unspecified
        return False


def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback
