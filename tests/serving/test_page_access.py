"""The page for everybody: by keyboard alone, by screen reader, on a phone, by day and by night."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import PHONE, cells, choose, draw, expect_answer
from playwright.sync_api import expect

from mnistkit.core.preprocessing.examples import path_of_example

pytestmark = pytest.mark.thorough

PAGE, SEVEN = path_of_example("example:page"), path_of_example("example:seven")

# What a finger has to hit, without the boxes: a tap takes the nearest one.
SMALL = """() => [...document.querySelectorAll("button:not(.box)")]
  .filter(button => button.checkVisibility())
  .map(button => [button.textContent.trim(), button.getBoundingClientRect()])
  .filter(([, place]) => place.width < 44 || place.height < 44)
  .map(([text, place]) => `${text} ${place.width}x${place.height}`)"""
MOVING = """() => document.getAnimations().length"""


def walk(page):
    """Bring the page into one state after the other, and yield their names."""
    yield "empty"
    draw(page)
    expect_answer(page, "7")
    yield "drawn"
    page.locator("#photo-tab").click()
    yield "photo"
    choose(page, {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"seven"})
    expect(page.locator("#failed")).to_be_visible()
    yield "failed"
    choose(page, SEVEN)
    expect(page.locator("#photo-answer .label")).to_have_text("7")
    yield "one digit"
    choose(page, PAGE)
    expect(page.locator(".box")).to_have_count(27)
    yield "a page"
    page.locator(".box").first.focus()
    expect(page.locator("#digit-label")).to_have_text("4")
    yield "a digit of it"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_the_keyboard_alone_draws_a_seven_and_keeps_it(visit, collecting, folder):
    page = visit(collecting)
    press(page, "Tab", "Tab")
    expect(page.locator("#canvas")).to_be_focused()

    press(page, *["ArrowLeft"] * 6, "Space", *["ArrowRight"] * 11)
    press(page, *["End", "ArrowDown"] * 7, "Space")

    expect_answer(page, "7")
    expect(page.locator("#status")).to_contain_text("7, ")
    press(page, "Tab", "Tab", "Tab")
    expect(page.get_by_role("button", name="Right")).to_be_focused()
    press(page, "Enter")
    expect(page.locator(".feedback .kept:visible")).to_contain_text("Kept as 7.")
    assert list((folder / "7").glob("*.png"))


def test_two_arrow_keys_draw_diagonally_and_undo_and_delete_take_it_back(visit, server):
    page = visit(server)
    page.locator("#canvas").focus()
    press(page, "Space")
    page.keyboard.down("ArrowDown")
    page.keyboard.down("ArrowLeft")
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("ArrowDown")

    press(page, "Escape")
    expect(page.locator("#undo")).to_be_enabled()
    press(page, "Control+Z")
    expect(page.locator("#undo")).to_be_disabled()
    press(page, "Space", "ArrowDown", "Delete")
    expect(page.locator("#undo")).to_be_disabled()


def test_the_keyboard_alone_reads_a_page_and_looks_at_its_digits(visit, server):
    page = visit(server)
    with page.expect_file_chooser() as chooser:
        press(page, "Tab", "Home", "ArrowRight", "Tab", "Enter")
    chooser.value.set_files(PAGE)

    expect(page.locator("#source")).to_be_focused()
    assert len(cells(page)) == 4
    press(page, "Tab", "Tab")
    expect(page.locator("#digit-label")).to_have_text("4")
    press(page, "ArrowRight", "ArrowRight")
    expect(page.locator("#digit-label")).to_have_text("5")
    expect(page.locator(".box").nth(2)).to_be_focused()


def test_what_has_the_focus_is_seen(visit, server):
    page = visit(server)
    for _ in range(2):
        press(page, "Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("scheme", "rules"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})]
)
def test_no_rule_of_accessibility_is_broken_seriously(visit, collecting, scheme, rules):
    page = visit(collecting, color_scheme=scheme, reduced_motion="reduce")
    for state in walk(page):
        found = Axe().run(page, options=rules).response["violations"]
        serious = [rule["help"] for rule in found if rule["impact"] in {"serious", "critical"}]
        assert not serious, state


def test_a_phone_shows_all_of_it_with_targets_of_44_pixels(visit, collecting):
    page = visit(collecting, **PHONE)
    for state in walk(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, state
        assert page.evaluate(SMALL) == [], state


def test_nothing_moves_for_those_who_want_no_motion(visit, server):
    page = visit(server, reduced_motion="reduce")

    for state in walk(page):
        assert page.evaluate(MOVING) == 0, state
