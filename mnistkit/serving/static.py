"""The files of the page, which are read once: no request reads a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDERS = (Path(__file__).parent / "page", Path(__file__).parents[1] / "assets" / "page")
"""The files of this page alone, and those that it shares with exported pages."""

INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True)
class StaticFile:
    """A file of the page, and the tag by which a browser knows it again."""

    content: bytes
    type: str
    tag: str


def read_page() -> dict[str, StaticFile]:
    """Return the files of the page by their names."""
    files = (path for folder in FOLDERS for path in folder.iterdir())
    return {path.name: _read(path) for path in files if path.suffix in TYPES}


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return StaticFile(content, TYPES[path.suffix], tag)


def reply(files: dict[str, StaticFile], name: str, request: Request) -> Response:
    """Return a file, or that a browser has it already."""
    file = files[name or INDEX]
    headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.type)
