"""Options that a plugin declares by name, and what a user chose of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mnistkit.core import checks
from mnistkit.core.recipe import Options
from mnistkit.errors import UsageError

Declared = Mapping[str, Sequence[int | float | str]]
"""Values by an option's name, all of one type, the default first."""

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def check_declared(declared: Declared) -> None:
    """Raise `TypeError` for an option without a value, or with one of another type."""
    for option, values in declared.items():
        if not values or type(values[0]) not in READERS:
            raise TypeError(
                f"expected {option} to have values that are text, numbers or bools, the "
                f"default first, received {values!r}"
            )


def settled(owner: str, declared: Declared, given: Options) -> dict[str, Any]:
    """Return the value of every declared option: the given one, else the default.

    Args:
        owner: What declares them, as the error names it.
        declared: Values by an option's name, the default first.
        given: What the user chose, as text or as a value.

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
    """Return a value as the option's own type; on the command line it is text."""
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
    if not checks.is_finite_number(number):
        raise ValueError(value)
    return number


READERS: dict[type, tuple[Callable[[Any], Any], str]] = {
    bool: (_truth, "true or false"),
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    str: (str, "text"),
}
"""How each type of option is read, and what it is called."""
