"""The server's own description of what it answers, in OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mnistkit.__about__ import __version__
from mnistkit.serving.openapi.paths import paths_of
from mnistkit.serving.openapi.schemas import SCHEMAS, referred

OPENAPI_VERSION = "3.1.0"
PATH = "/openapi.json"


def document_of(model: str, labels: Sequence[str]) -> dict[str, Any]:
    """Return the description of a server, in plain JSON values.

    Args:
        model: What clients call its model.
        labels: Those of the pictures that it keeps, if it does.
    """
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "mnistkit",
            "version": __version__,
            "description": "Digits in pictures and on pages, and the Open Inference Protocol.",
        },
        "paths": paths_of(model, labels),
        # A server without a token asks for nothing.
        "security": [{}, {"bearer": []}, {"basic": []}],
        "components": {
            "schemas": SCHEMAS,
            "responses": {
                "Error": {
                    "description": "What was expected, what was received, what to do next.",
                    "content": {"application/json": {"schema": referred("Error")}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }
