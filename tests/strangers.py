"""Strangers' words, and the check that they drive no terminal and forge no line."""

from __future__ import annotations

import unicodedata

FORGED = "forged.png"
HOSTILE = (
    f"a\n{FORGED}\t7\t1.0000\r{FORGED}\x1b[31m\x1b]0;title\x07\x08\x00\x7f\x85\x9b31m\u2028{FORGED}"
    "\u2029\u202egnp\u2066\u2069\u200f\ud800:smile:[bold]x[/bold]"
)
# No file's name has a NUL, a slash or half a surrogate pair; some have bytes that are no text.
NAME = HOSTILE.replace("\0", "").replace("/", "").replace("\ud800", "\udc9b\udcff")
DRIVES = {"Cc", "Zl", "Zp", "Cs"}
TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = "\u061c\u200e\u200f"


def unsafe_in(text):
    """The characters of a text that drive a terminal, but for the ends of its lines and tabs."""
    return {
        character
        for character in text
        if character not in "\n\t"
        and (
            unicodedata.category(character) in DRIVES
            or unicodedata.bidirectional(character) in TURNS
            or character in MARKS
        )
    }


def assert_clean(*streams, own_lines=False):
    """Check that raw output holds nothing that drives a terminal, and no line of a stranger's.

    A plugin's help and a traceback have `own_lines`.
    """
    for raw in streams:
        # The bytes of a file's name that are no text are printed as they are, if they are harmless.
        text = raw.decode(errors="surrogateescape")
        assert {c for c in unsafe_in(text) if not "\udca0" <= c <= "\udcff"} == set()
        forged = [line for line in text.splitlines() if line.strip().startswith(FORGED)]
        assert own_lines or not forged
        assert "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}" not in text


PRINTED = "{{7*7}}{%x%}%s%n<script>alert(1)</script>\"'`$(id)=1+1;,$\\frac{[red]x[/red]\\:smile:"
"""What may be a class name, and means something to templates, shells, tables, pages and plots."""
