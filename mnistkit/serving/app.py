"""Which path is answered by what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mnistkit.__about__ import __version__
from mnistkit.serving import collecting, openapi, pictures, protocol, static
from mnistkit.serving.addresses import OwnNames
from mnistkit.serving.collection import NO_DIGIT
from mnistkit.serving.guard import Guard
from mnistkit.serving.replies import RequestError, json_reply, told
from mnistkit.serving.service import Service, service_of


def make_app(service: Service, own: OwnNames) -> ASGIApp:
    """Return the application that answers with a service.

    Args:
        service: Its models, threads and limits.
        own: The server's own hosts and origins.
    """
    # FastAPI's own description knows nothing of the bodies; its pages load scripts from elsewhere.
    api = FastAPI(
        lifespan=_lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _tell, RequestError: _fail, Exception: _fail},
    )
    api.state.service = service
    api.state.files = static.read_page()
    # Without what FastAPI does around a route of its own, which takes a third of the time.
    api.router.routes.insert(0, Route(f"{protocol.MODEL}/infer", protocol.infer, methods=["POST"]))
    for router in (protocol.router, pictures.router, collecting.router):
        api.include_router(router)
    api.add_api_route("/settings", settings, methods=["GET"])
    api.add_api_route("/metrics", metrics, methods=["GET"])
    api.add_api_route(openapi.PATH, description, methods=["GET"])
    # A path for each, as one for all of them would answer for paths that take another method.
    for name in ("", *api.state.files):
        api.add_api_route(f"/{name}", page, methods=["GET", "HEAD"])
    return Guard(api, own, service.settings.access.token, service.metrics)


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    yield
    api.state.service.close()


async def page(request: Request) -> Response:
    """Return a file of the page."""
    return static.reply(request.app.state.files, request.url.path.removeprefix("/"), request)


async def metrics(request: Request) -> Response:
    """Return what Prometheus reads."""
    return service_of(request).metrics.reply()


async def description(request: Request) -> Response:
    """Return what the server answers, in OpenAPI."""
    service = service_of(request)
    labels = (*service.classifier.class_names, NO_DIGIT)
    return json_reply(openapi.document_of(service.name, labels))


async def settings(request: Request) -> Response:
    """Return what the page has to know of the server."""
    service = service_of(request)
    limits = service.settings.limits
    return json_reply(
        {
            "version": __version__,
            "model": service.name,
            "class_names": service.classifier.class_names,
            "reader": service.reader.name,
            "collects": service.collection is not None,
            "no_digit": NO_DIGIT,
            "limits": {
                "body_bytes": limits.body_bytes,
                "pixels": limits.pixels,
                "images": limits.images,
            },
        }
    )


async def _tell(_: Request, error: Any) -> Response:
    """Return FastAPI's own errors, as for a path that is not there, in the form of all others."""
    message = f"expected a path and a method of this server, received others ({error.detail})"
    return json_reply({"error": message}, error.status_code, error.headers)


async def _fail(_: Request, error: Exception) -> Response:
    """Return an error's answer; `Guard` logs what is no fault of the client's."""
    return told(error).reply()
