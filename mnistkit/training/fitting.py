"""Fitting a recipe to a small dataset; recipes are made for datasets as large as MNIST."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from typing import Any

from mnistkit.core.models.training_settings import Settings
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture
from mnistkit.training.epochs import steps_per_epoch
from mnistkit.training.settings import TrainingRequest

logger = logging.getLogger(__name__)

# Batches per epoch. A user's folder may have fewer images than one batch of the recipe.
FEWEST_BATCHES = 10
SMALLEST_BATCH = 8
# Accepted weight of the initial values in the running averages of batch normalization.
LEFT_OF_FIRST = 0.01


def fit_recipe(architecture: Architecture, request: TrainingRequest, images: int) -> Architecture:
    """Return the architecture with its recipe fitted; logs it if that means more epochs.

    Args:
        architecture: The architecture to train.
        request: The user's settings; its batch size and epochs are kept.
        images: Number of training images, at least 1.
    """
    recipe = architecture.recipe
    fitted = fitted_recipe(recipe, images, request.recipe.get("batch_size"))
    if "epochs" not in request.differing and fitted.epochs > recipe.epochs:
        logger.info(
            "small dataset (%s images): training %d epochs instead of %d, because the recipe needs "
            "%d steps",
            f"{images:,}",
            fitted.epochs,
            recipe.epochs,
            recipe.fewest_steps,
        )
    return replace(architecture, recipe=fitted)


def fitted_recipe(recipe: Recipe, images: int, batch_size: int | None = None) -> Recipe:
    """Return a recipe with smaller batches and more epochs for a small dataset.

    Args:
        recipe: The architecture's recipe.
        images: Number of training images, at least 1.
        batch_size: The user's batch size; None to choose one.
    """
    largest = max(SMALLEST_BATCH, images // FEWEST_BATCHES)
    batch_size = batch_size or min(recipe.batch_size, largest)
    epochs = math.ceil(recipe.fewest_steps / steps_per_epoch(images, batch_size))
    return replace(recipe, batch_size=batch_size, epochs=max(recipe.epochs, epochs))


def warn_of_few_steps(model: Any, settings: Settings, images: int) -> None:
    """Warn if there are too few steps for the running averages of batch normalization."""
    steps = settings.epochs * steps_per_epoch(images, settings.batch_size)
    if steps < _steps_to_settle(model):
        logger.warning(
            "%s uses batch normalization, and %d steps may be too few for its running averages; "
            "choose a smaller --batch-size or more --epochs",
            settings.architecture,
            steps,
        )


def _steps_to_settle(model: Any) -> float:
    """Return the steps after which batch normalization has forgotten its initial averages."""
    normalizing = (layer for layer in model.layers if type(layer).__name__ == "BatchNormalization")
    moving = (layer.momentum for layer in normalizing if 0 < layer.momentum < 1)
    return max((math.log(LEFT_OF_FIRST, momentum) for momentum in moving), default=0)
