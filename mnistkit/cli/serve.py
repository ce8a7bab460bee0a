"""`mnistkit serve`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mnistkit.cli import options, output
from mnistkit.serving.settings import (
    MIB,
    Access,
    Batching,
    Collecting,
    Limits,
    ServeSettings,
)

in_limits = partial(typer.Option, rich_help_panel="Limits", min=1)
in_access = partial(typer.Option, rich_help_panel="Access")
in_collecting = partial(typer.Option, rich_help_panel="Collecting")

MILLION = 10**6
USUAL = Limits()


def serve(
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port; 0 for any that is free.")
    ] = 8000,
    model: options.ModelOption = None,
    reader: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="The page reader: one that `mnistkit train-reader` wrote, or `bundled`.",
        ),
    ] = "bundled",
    workers: Annotated[int, typer.Option(min=1, metavar="N", help="Number of processes.")] = 1,
    max_batch: Annotated[
        int, typer.Option(min=1, metavar="N", help="Largest batch, in images.")
    ] = 16,
    max_wait_ms: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1000.0,
            metavar="MS",
            help="Longest wait for others to join a batch, in milliseconds.",
        ),
    ] = 0.0,
    token: Annotated[
        str | None,
        in_access(
            envvar="MNISTKIT_TOKEN",
            metavar="TEXT",
            help="Ask every client for this token. Default: $MNISTKIT_TOKEN, else none.",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
    insecure: Annotated[
        bool, in_access("--insecure", help="Allow other machines without a token.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        in_access(metavar="NAME", help="Also accept this host name (repeatable)."),
    ] = None,
    collect: Annotated[
        Path | None,
        in_collecting(
            metavar="DIR", help="Keep the pictures that users label in this folder dataset."
        ),
    ] = None,
    collect_limit: Annotated[
        int,
        in_collecting(
            min=1, metavar="MIB", help="Largest total size of the kept pictures, in MiB."
        ),
    ] = 1024,
    max_body: Annotated[int, in_limits(metavar="MIB", help="Largest request body, in MiB.")] = (
        USUAL.body_bytes // MIB
    ),
    max_pixels: Annotated[
        int, in_limits(metavar="MILLIONS", help="Largest picture, in million pixels.")
    ] = USUAL.pixels // MILLION,
    max_images: Annotated[
        int, in_limits(metavar="N", help="Most images, pictures or pages at once.")
    ] = USUAL.images,
    max_queue: Annotated[
        int, in_limits(metavar="N", help="Longest queue for the model, in images.")
    ] = USUAL.queue,
    max_seconds: Annotated[
        int, in_limits(metavar="N", help="Longest time for a request, in seconds.")
    ] = round(USUAL.seconds),
) -> None:
    """Serve a page to draw on, and a model over HTTP.

    The page is at the address that is printed. Programs use the Open Inference Protocol at /v2.
    On SIGTERM it answers the accepted requests and exits. It needs `pip install '.[serve]'`.

    Example:
        mnistkit serve --port 8080
    """
    from mnistkit.core.models.choice import choose, name_of
    from mnistkit.serving import require_serving

    require_serving()
    from mnistkit.serving.server import serve as answer

    choice = choose(model)
    limits = Limits(max_body * MIB, max_pixels * MILLION, max_images, max_queue, float(max_seconds))
    settings = ServeSettings(
        model=choice.path,
        reader=reader,
        host=host,
        port=port,
        workers=workers,
        batching=Batching(max_batch, max_wait_ms / 1000),
        access=Access(token, insecure, tuple(allow_host or ())),
        limits=limits,
        collecting=Collecting(collect, collect_limit * MIB) if collect else None,
    )

    def ready(url: str) -> None:
        output.note(f"model: {name_of(choice.path)} ({choice.why})")
        output.line(url)
        output.flush()

    answer(settings, partial(output.set_verbosity, output.logger.level), ready)
