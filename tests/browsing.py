"""A real browser, and hands: what the tests of the page draw, choose and press with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SEVEN = ((0.3, 0.25), (0.7, 0.25), (0.6, 0.45), (0.45, 0.8))
ONE = ((0.5, 0.2), (0.5, 0.8))
DESK = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Other processes may have all cores.
expect.set_options(timeout=30_000)
# The browser tells of each answer with an error on its own, wanted or not.
FAILED = "Failed to load resource"


def find_browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def launch_options(path: str) -> dict:
    """Chromium has no sandbox for root."""
    return {"executable_path": path, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium, or skip the tests that need it."""
    path = find_browser()
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(path))
        yield browser
        browser.close()


@dataclass
class Visits:
    """Pages of a browser, and what they did that no page should do.

    Args:
        browser: The browser.
        faults: Errors on the console, and requests to others.
    """

    browser: Browser
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, server: Server, part: str = "draw", **options) -> Page:
        """Open the page in a browser of its own; takes the options of a context."""
        context = self.browser.new_context(**DESK | options)
        self._contexts.append(context)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", lambda request: self._see(request.url, server.url))
        page = context.new_page()
        page.goto(f"{server.url}/#{part}")
        expect(page.locator("#version")).to_contain_text("mnistkit")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, message):
        if message.type in {"error", "warning"} and not message.text.startswith(FAILED):
            self.faults.append(message.text)

    def _see(self, url, own):
        if not url.startswith((f"{own}/", "blob:", "data:")):
            self.faults.append(f"request to {url}")


def places(page: Page, points=SEVEN) -> list[tuple[float, float]]:
    """Where points of the drawing, in shares of its side, are in the window."""
    box = page.locator("#canvas").bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw(page: Page, points=SEVEN, *, lift: bool = True) -> None:
    """Draw a line through points by the mouse."""
    first, *others = places(page, points)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=8)
    if lift:
        page.mouse.up()


def touch(page: Page, points=SEVEN) -> None:
    """Draw a line through points by a finger."""
    session = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(places(page, points)):
        kind = "touchMove" if number else "touchStart"
        fingers = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", fingers)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def use_pen(page: Page, points=SEVEN) -> None:
    """Draw a line through points by a pen."""
    session = page.context.new_cdp_session(page)
    line = places(page, points)
    kinds = ["mousePressed", *["mouseMoved"] * (len(line) - 1)]
    for kind, (x, y) in [*zip(kinds, line, strict=True), ("mouseReleased", line[-1])]:
        event = {"x": x, "y": y, "button": "left", "buttons": 1, "pointerType": "pen"}
        session.send("Input.dispatchMouseEvent", {"type": kind, "clickCount": 1, **event})


def choose(page: Page, *files: Path | dict) -> None:
    """Choose files on Photo."""
    page.locator("#file").set_input_files(list(files))


def expect_answer(page: Page, label: str) -> None:
    expect(page.locator("#draw-answer .label")).to_have_text(label)


def cells(page: Page) -> list[list[str]]:
    """The numbers on Photo."""
    rows = page.locator("#table tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]
