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
    """Give a command the options of a recipe where it takes any keywords, before its others."""
    signature = inspect.signature(command, eval_str=True)
    given = [*signature.parameters.values()]
    kept = [parameter for parameter in given if parameter.kind != parameter.VAR_KEYWORD]
    first = [parameter for parameter in kept if parameter.kind != parameter.KEYWORD_ONLY]
    wanted = [*first, *recipe_options(), *kept[len(first) :]]
    # Typer reads it.
    command.__signature__ = signature.replace(parameters=wanted)  # type: ignore[attr-defined]
    return command


def recipe_options(recipe: type[Recipe] = Recipe) -> list[inspect.Parameter]:
    """Return a keyword for each field that a training chooses; None leaves it to the recipe."""
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
