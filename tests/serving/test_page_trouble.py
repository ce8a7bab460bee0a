"""What goes wrong is told where it happens, and goes right again."""

from __future__ import annotations

import pytest
from browsing import choose, draw, expect_answer
from PIL import Image
from playwright.sync_api import expect

from mnistkit.core.preprocessing.examples import path_of_example

pytestmark = pytest.mark.thorough

SEVEN = path_of_example("example:seven")
TEXT = {"mimeType": "text/plain", "buffer": b"no picture"}


def test_a_file_that_is_no_picture_is_named(visit, server):
    page = visit(server, "photo")

    choose(page, {"name": "notes.txt", **TEXT})

    expect(page.locator("#failed-text")).to_contain_text("notes.txt: expected a PNG")
    expect(page.locator("#drop")).to_be_visible()


def test_one_bad_file_leaves_the_others_read(visit, server):
    page = visit(server, "photo")

    seven = {"name": "seven.png", "mimeType": "image/png", "buffer": SEVEN.read_bytes()}
    choose(page, {"name": "notes.txt", **TEXT}, seven)

    expect(page.locator("#page-error")).to_contain_text("expected a PNG")
    page.locator("#next-page").click()
    expect(page.locator("#table td")).to_have_text("7")


def test_a_file_above_the_limit_is_not_sent(visit, start):
    with start("--max-body", 1) as server:
        page = visit(server, "photo")

        choose(page, {"name": "huge.png", "mimeType": "image/png", "buffer": bytes(2**21)})

        expect(page.locator("#failed-text")).to_have_text(
            "huge.png: The file has 2.0 MB, and the server takes 1.0 MB."
        )


def test_a_name_is_shown_as_text_whatever_it_holds(visit, server):
    page = visit(server, "photo")

    choose(page, {"name": "<img src=x onerror=alert(1)>.txt", **TEXT})

    expect(page.locator("#failed-text")).to_contain_text("<img src=x onerror=alert(1)>.txt: exp")
    expect(page.locator("#failed img")).to_have_count(0)


@pytest.mark.parametrize("part", ["draw", "photo"])
def test_text_that_is_pasted_is_no_picture(visit, server, part):
    page = visit(server, part)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('seven')")

    page.keyboard.press("Control+V")

    expect(page.locator("#failed-text")).to_contain_text("The clipboard holds no picture.")


def test_a_page_without_digits_says_so(visit, server, tmp_path):
    Image.new("L", (400, 300), 255).save(tmp_path / "blank.png")
    page = visit(server, "photo")

    choose(page, tmp_path / "blank.png")

    expect(page.locator("#summary")).to_have_text("No digit was found.")
    expect(page.locator("#written")).to_be_hidden()


def test_reading_can_be_cancelled(visit, server):
    page = visit(server, "photo")
    page.route("**/read?*", lambda _: None)
    choose(page, SEVEN)

    page.locator("#cancel").click()

    expect(page.locator("#drop")).to_be_visible()


def test_a_lost_server_is_told_and_the_answer_comes_when_it_is_back(visit, start):
    with start() as server:
        page = visit(server)
        server.end()
    draw(page)
    expect(page.locator("#lost")).to_be_visible()
    page.locator("#photo-tab").click()
    choose(page, SEVEN)
    expect(page.locator("#failed-text")).to_have_text("seven.png: The server did not answer.")

    with start("--port", server.place[1]):
        expect(page.locator("#lost")).to_be_hidden()
        page.locator("#again").click()
        expect(page.locator("#table td")).to_have_text("7")
        page.locator("#draw-tab").click()
        expect_answer(page, "7")


def test_a_page_whose_server_is_away_starts_when_it_is_back(visit, server):
    page = visit(server)
    page.route("**/settings", lambda route: route.abort())
    page.reload()
    expect(page.locator("#lost")).to_be_visible()

    page.unroute("**/settings")

    expect(page.locator("#lost")).to_be_hidden()
    draw(page)
    expect_answer(page, "7")


def test_a_busy_server_is_asked_again(visit, server):
    page = visit(server)
    busy = {"status": 503, "headers": {"Retry-After": "1"}, "json": {"error": "busy; try later"}}
    page.route("**/predict?*", lambda route: route.fulfill(**busy), times=30)
    draw(page)
    expect(page.locator(".problem:visible")).to_have_text("busy; try later")

    page.unroute("**/predict?*")

    expect_answer(page, "7")
    expect(page.locator(".problem:visible")).to_have_count(0)
