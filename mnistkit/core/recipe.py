"""Names to choose among, which commands offer and contracts speak of; nothing is imported."""

from __future__ import annotations

from typing import Literal

Schedule = Literal["constant", "cosine", "one-cycle"]
Optimizer = Literal["adam", "adamw", "sgd"]
Strength = Literal["none", "light", "medium", "strong", "clothing", "handwriting"]
