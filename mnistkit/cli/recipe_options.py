"""One option for each field of a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from mnistkit.cli import options
from mnistkit.core.recipe import Part, Recipe, parts

RECIPE = "Recipe (default: the architecture's)"
"""The heading of the options that have their defaults in the architecture's recipe."""

DEFAULT = " Default: the recipe's."
METAVARS = {int: "N", float: "X"}


def takes_recipe(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the recipe's options instead of `**recipe`, before its keywords."""
    signature = inspect.signature(command, eval_str=True)
    given = [*signature.parameters.values()]
    kept = [parameter for parameter in given if parameter.kind != parameter.VAR_KEYWORD]
    first = [parameter for parameter in kept if parameter.kind != parameter.KEYWORD_ONLY]
    wanted = [*first, *recipe_options(), *kept[len(first) :]]
    # Typer reads the signature.
    command.__signature__ = signature.replace(parameters=wanted)  # type: ignore[attr-defined]
    return command


def recipe_options(recipe: type[Recipe] = Recipe) -> list[inspect.Parameter]:
    """Return a keyword parameter for each field with an option; None means the recipe's value."""
    return [
        inspect.Parameter(
            part.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[part.type | None, _option(part)],
        )
        for part in parts(recipe)
    ]


def _option(part: Part) -> Any:
    within, usual = part.choice.within, part.choice.usual
    numbers = f", {within.words.removeprefix('a number ').removeprefix('of ')}" if within else ""
    return typer.Option(
        min=1 if part.type is int else None,
        callback=options.within(within) if within else None,
        metavar=METAVARS.get(part.type),
        help=f"{part.choice.help}{numbers}.{DEFAULT if usual else ''}",
        rich_help_panel=None if usual else RECIPE,
    )
