"""What is no usual file: pipes, devices, links in circles, names that no one would give."""

from __future__ import annotations

import os
import socket
from pathlib import Path

NAMES = (
    "a\nb",
    "a\r\nforged.png\t7\t1.0",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "-",
    "--help",
    "-rf",
    "--model=x",
    "$(touch touched)",
    "`touch touched`",
    "; touch touched",
    "a|b>c",
    "*",
    "?",
    "~root",
    "%s%n",
    "{0}",
    "..png",
    " ",
    "\u202egnp.exe",
    "example:seven",
    "con",
    "x" * 240,
)
BYTES = (b"\xff\xfe.png", b"\x9b31m.png", b"a\xc3.png")


def bad_places(folder: Path, picture: bytes) -> list[str]:
    """Write files under odd names, and what is no file; return the words that name them."""
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / f"{name}.png").write_bytes(picture)
    for raw in BYTES:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + raw)).write_bytes(picture)
    os.mkfifo(folder / "pipe.png")
    (folder / "circle.png").symlink_to("circle.png")
    (folder / "first.png").symlink_to("second.png")
    (folder / "second.png").symlink_to("first.png")
    (folder / "nowhere.png").symlink_to("/nowhere/at/all.png")
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "memory.png").symlink_to("/proc/self/mem")
    (folder / "up").symlink_to("..")
    locked = folder / "locked.png"
    locked.write_bytes(picture)
    locked.chmod(0)
    with socket.socket(socket.AF_UNIX) as listening:
        # A socket's path is short.
        before = Path.cwd()
        os.chdir(folder)
        try:
            listening.bind("socket.png")
        finally:
            os.chdir(before)
    odd = ("/dev/null", "/dev/full", "/dev/tty", "/dev/stdin/x", "/proc/self/environ", "x" * 5000)
    # A pipe that is named is waited for, as every program does; in a folder it is passed over.
    named = [path for path in sorted(folder.iterdir()) if not path.is_fifo()]
    return [*map(str, named), str(folder), *odd]
