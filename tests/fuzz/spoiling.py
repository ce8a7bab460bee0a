"""JSON with a few values replaced, which a fuzzer's bytes choose."""

from __future__ import annotations

import copy
import json
from typing import Any

from fuzzing import provider

MOST_CHANGES = 4
DEEP = 100


def spoiled(values: Any, data: bytes) -> bytes:
    """Return values in JSON, some of them replaced, removed or added."""
    given = provider(data)
    values = copy.deepcopy(values)
    for _ in range(given.ConsumeIntInRange(1, MOST_CHANGES)):
        change(values, given)
    return json.dumps(values).encode()


def change(values: Any, given) -> None:
    places = list(places_of(values))
    holder, key = places[given.ConsumeIntInRange(0, len(places) - 1)]
    if given.ConsumeBool():
        holder[key] = value(given)
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    elif given.ConsumeBool():
        holder[given.ConsumeUnicode(9)] = value(given)
    elif len(holder) > 1:
        del holder[key]


def places_of(values: Any):
    for key, inner in values.items() if isinstance(values, dict) else enumerate(values):
        yield values, key
        if isinstance(inner, dict | list):
            yield from places_of(inner)


def value(given) -> Any:
    kind = given.ConsumeIntInRange(0, 11)
    return (
        None,
        True,
        given.ConsumeInt(4),
        given.ConsumeInt(9),
        10 ** given.ConsumeIntInRange(0, 400),
        given.ConsumeFloat(),
        float("nan"),
        given.ConsumeUnicode(20),
        [],
        {},
        [given.ConsumeUnicode(5), given.ConsumeInt(2)],
        {given.ConsumeUnicode(5): given.ConsumeInt(2)},
    )[kind]
