"""Every field of a run's record that is read, and what it has to be."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

from mnistkit.core.checks import (
    Check,
    each,
    fields,
    flag,
    mapping,
    number,
    one_of,
    optional,
    scalar,
    text,
    whole,
)
from mnistkit.core.recipe import SHARE, Part, Recipe, parts

Status = Literal["running", "interrupted", "finished"]

MOST = 2**31 - 1
"""Of what is counted."""

MOST_SEED = 2**32 - 1

count = whole(1, MOST)
accuracy = number("a number from 0 to 1", lambda value: 0 <= value <= 1)
# JSON has no NaN: what is no number is null.
finite = number("a number", lambda _: True)
measured = optional(finite)


def _check_of(part: Part) -> Check:
    within = part.choice.within
    if within is not None:
        return number(within.words, within.fits)
    return count if part.type is int else one_of(get_args(part.type))


def recipe_checks(recipe: type[Recipe] = Recipe) -> dict[str, Check]:
    """Return a check of each field of a recipe that a training chooses."""
    return {part.name: _check_of(part) for part in parts(recipe)}


SETTINGS: dict[str, Check] = {
    "architecture": text,
    "dataset": text,
    **recipe_checks(),
    "options": mapping(scalar),
    "init": optional(text),
    "validation": optional(number(SHARE.words, SHARE.fits)),
    "limit": optional(count),
    "seed": whole(0, MOST_SEED),
    "export": flag,
}
"""Of a training; an ensemble has some of them."""

ENSEMBLE_SETTINGS = {name: SETTINGS[name] for name in ("architecture", "dataset", "export")}

MEMBER: dict[str, Check] = {
    "run": text,
    "architecture": text,
    "dataset": text,
    "accuracy": accuracy,
    "sha256": text,
    "saw_test_images": flag,
}

EPOCH: dict[str, Check] = {
    "epoch": count,
    "loss": measured,
    "accuracy": accuracy,
    "seconds": measured,
    "images_per_second": measured,
}
VALIDATED: dict[str, Check] = {"validation_loss": measured, "validation_accuracy": accuracy}

LAYER: dict[str, Check] = {
    "name": text,
    "type": text,
    "output_shape": each(optional(whole(0, MOST))),
    "parameters": whole(0, MOST),
}

MEASURES = fields({"accuracy": accuracy, "nll": measured, "count": count})

METRICS = fields(
    {
        "test": MEASURES,
        "first_test_image": fields({"label": text, "predicted": text}),
        "temperature": measured,
    },
    {"train": MEASURES, "validation": MEASURES},
)


def _packages(name: str, value: Any) -> None:
    fields({"mnistkit": text})(name, value)
    mapping(text)(name, value)


RECORD: dict[str, Check] = {
    "status": one_of(get_args(Status)),
    "created": text,
    "updated": text,
    "dataset": fields({"class_names": each(text), "preparation": text, "sha256": text}),
    "learned_from": each(text),
    "packages": _packages,
    "layers": each(fields(LAYER)),
    "metrics": optional(METRICS),
}

# What the bundled run records beside what every run does.
CARD: dict[str, Check] = {
    "measured": mapping(mapping(finite)),
    "weaknesses": each(text),
    "licence": each(text),
}

TRAINING: dict[str, Check] = {
    **RECORD,
    "settings": fields(SETTINGS),
    "history": each(fields(EPOCH, VALIDATED)),
    "validation_learned": flag,
}

FINE_TUNED: dict[str, Check] = {"init_sha256": optional(text)}

ENSEMBLE: dict[str, Check] = {
    **RECORD,
    "settings": fields(ENSEMBLE_SETTINGS),
    "command": text,
    "members": each(fields(MEMBER)),
    "history": each(fields(EPOCH)),
}


def check_record(record: Any, version: int) -> None:
    """Raise `ValueError` where the content of a `run.json` is not what it has to be.

    Args:
        record: As it was read.
        version: Of the format that is read here.
    """
    # It is written again; JSON has no NaN, UTF-8 no half of a character.
    json.dumps(record, ensure_ascii=False, allow_nan=False).encode()
    fields({"format_version": whole(version, version)})("record", record)
    required = ENSEMBLE if "members" in record else TRAINING
    fields(required, CARD | FINE_TUNED)("record", record)
    # They are the columns of one table.
    columns = dict.fromkeys(column for row in record["history"] for column in row)
    for row in record["history"]:
        missing = ", ".join(columns.keys() - row.keys())
        if missing:
            raise ValueError(f"expected {missing} in every epoch of record.history")
    if record["status"] == "finished" and record["metrics"] is None:
        raise ValueError("expected record.metrics, which a finished run has, received none")
