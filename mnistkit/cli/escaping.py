r"""Text of strangers in lines that can't drive a terminal.

Names, labels, paths and reasons may be a stranger's, and could end a line, drive a terminal or
turn its text round: `\x1b[31m` is seen as these characters and does nothing.
"""

from __future__ import annotations

import re

# Controls, the ends of lines and paragraphs, what turns the direction of text, and surrogates.
# The latter are no characters, but those from U+DCA0 stand for bytes of a file's name that are
# no UTF-8; streams print these bytes. Below, they would be controls again.
UNSAFE = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udc9f]")
FIRST_BYTE = 0xDC80


def escaped(text: str) -> str:
    """Return a text in one line, without characters that control a terminal."""
    return UNSAFE.sub(_escape, text)


def escaped_lines(text: str) -> str:
    """Return a text of several lines, without characters that control a terminal."""
    return "\n".join(map(escaped, text.split("\n")))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if code >= FIRST_BYTE else repr(found[0])[1:-1]


def shortened(text: str, longest: int) -> str:
    """Return a text, without its middle if it is too long."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} ... {text[-half:]}"
