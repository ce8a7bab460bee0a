"""Options that a plugin declares, and the values that a user gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mnistkit.core.recipe import Options
from mnistkit.core.typed_json import is_finite_number
from mnistkit.errors import UsageError

Declared = Mapping[str, Sequence[int | float | str]]
"""Allowed or typical values by an option's name, all of one type, the default first."""

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def flaw(declared: Declared) -> str | None:
    """Return what is wrong with declared options: a missing default, or an unknown type."""
    for option, values in declared.items():
        if not values or type(values[0]) not in READERS:
            return (
                f"expected {option} to have values that are text, numbers or bools, the default "
                f"first, received {values!r}"
            )
    return None


def settled(owner: str, declared: Declared, given: Options) -> dict[str, Any]:
    """Return the value of every declared option: the given one, else the default.

    Args:
        owner: The plugin, as errors name it.
        declared: Values by an option's name, the default first.
        given: The user's values, as text or of the option's type.

    Raises:
        UsageError: An option that is not declared, or a value of another type than its default.
    """
    unknown = given.keys() - declared.keys()
    if unknown:
        known = ", ".join(declared) or "none"
        raise UsageError(
            f"expected an option of {owner} ({known}), received {', '.join(sorted(unknown))}"
        )
    return {
        option: _converted(option, given[option], type(values[0])) if option in given else values[0]
        for option, values in declared.items()
    }


def _converted(option: str, value: Any, wanted: type) -> Any:
    """Return a value, text perhaps, converted to the option's type."""
    read, words = READERS[wanted]
    try:
        return read(value)
    except (ValueError, KeyError) as error:
        raise UsageError(f"expected {words} for {option}, received {value!r:.80}") from error


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else TRUTHS[str(value).lower()]


def _whole(value: Any) -> int:
    return int(str(value))


def _number(value: Any) -> float:
    number = float(str(value))
    if not is_finite_number(number):
        raise ValueError(value)
    return number


READERS: dict[type, tuple[Callable[[Any], Any], str]] = {
    bool: (_truth, "true or false"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    str: (str, "text"),
}
"""For each type of option: the function that converts a value, and the type's name."""
