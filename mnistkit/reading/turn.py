"""How a stored page is turned before it is read; imported by what must not import OpenCV."""

from __future__ import annotations

from typing import Literal

Turn = Literal["auto", "0", "90", "180", "270"]
"""Degrees clockwise; `auto` follows EXIF unless the digits clearly show another."""
