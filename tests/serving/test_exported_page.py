"""An exported page in a real browser, from a server of files alone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import PHONE, draw, expect_answer, touch
from playwright.sync_api import expect
from web_runtime import find_web_runtime

from mnistkit.core.models import keras_classifier, keras_file
from mnistkit.core.models.card_file import write_card
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.exporters import web

pytestmark = pytest.mark.thorough

DRAWINGS = {
    "seven": [[[80, 70], [200, 70], [150, 140], [120, 230]]],
    "one": [[[150, 50], [140, 230]]],
    "four": [[[150, 40], [70, 160], [210, 160]], [[170, 100], [165, 250]]],
    "zero": [[[140, 40], [70, 120], [90, 220], [170, 240], [210, 150], [190, 60], [140, 40]]],
    "small": [[[20, 20], [50, 20], [35, 60]]],
    "flat": [[[20, 140], [260, 150]]],
}
PREPARE = """async ([strokes, preparation]) => {
  const { painted } = await import("./drawing.js");
  const { prepare } = await import("./preparing.js");
  const canvas = painted(strokes);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const image = prepare(data.filter((_, at) => at % 4 === 0), canvas.width, preparation);
  const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return [[...image], btoa(String.fromCharCode(...png))];
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@dataclass(frozen=True)
class Files:
    url: str


@contextmanager
def served_files(folder: Path) -> Iterator[Files]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Files(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The bundled model's page, on a server of files."""
    runtime = find_web_runtime()
    folder = tmp_path_factory.mktemp("page")
    path = BUNDLED_RUN / "model.keras"
    model = keras_file.open_model(path)
    card = keras_classifier.find_card(path, model)
    web.write(model, card, folder, {"runtime": str(runtime)})
    write_card(folder, card)
    with served_files(folder) as server:
        yield server


def open_page(visit, exported, **options):
    page = visit(exported, **options)
    expect(page.locator("#draw-answer .confidence")).to_have_text("The answer appears here.")
    return page


def test_a_seven_drawn_is_a_seven_and_clear_takes_it_back(visit, exported):
    page = open_page(visit, exported)
    draw(page)
    expect_answer(page, "7")
    expect(page.locator("#status")).to_contain_text("7, ")
    page.keyboard.press("Control+Z")
    expect(page.locator("#draw-answer .confidence")).to_have_text("The answer appears here.")
    expect(page.locator("#status")).to_have_text("The drawing is empty.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken_seriously_on_a_phone(visit, exported, scheme):
    page = open_page(visit, exported, color_scheme=scheme, reduced_motion="reduce", **PHONE)
    touch(page)
    expect_answer(page, "7")
    found = Axe().run(page).response["violations"]
    assert not [rule["help"] for rule in found if rule["impact"] in {"serious", "critical"}]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_drawing_becomes_nearly_the_image_that_mnistkit_makes_of_it(visit, exported, bundled):
    page = open_page(visit, exported)
    for name, strokes in DRAWINGS.items():
        pixels, png = page.evaluate(PREPARE, [strokes, "digit"])
        received = np.reshape(pixels, (28, 28)).astype(int)
        expected = bundled.prepare(base64.b64decode(png))
        difference = np.abs(received - expected)
        assert difference.mean() < 1, (name, difference.mean(), difference.max())


def test_a_model_that_is_missing_is_told_on_the_page(visit, exported):
    page = open_page(visit, exported)
    page.route("**/model.onnx", lambda route: route.fulfill(status=404))
    page.reload()
    expect(page.locator(".problem")).to_have_text(
        "The model could not be loaded. model.onnx: the server answered with status 404."
    )
