"""The page of a report: in a browser, and as a file."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from made_results import data_of, made_up
from PIL import Image
from playwright.sync_api import expect

from mnistkit.reporting.page import chosen

pytestmark = pytest.mark.thorough

DIGITS = tuple("0123456789")
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    '"><b onclick="alert(3)">&amp;',
    "{{ 7 * 7 }}{% raw %}",
    r"</style>\u003c$x^2$",
    "'\\';--",
)
GRAVE = {"serious", "critical"}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
PNG = re.compile(r"data:image/png;base64,\s*([\w+/=\s]+)")
LINKS = re.compile(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)|url\(["']?([^"')]+)""")


def pictures(path):
    """The pictures in a page, decoded."""
    for text in PNG.findall(path.read_text(encoding="utf-8")):
        content = base64.b64decode("".join(text.split()), validate=True)
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            yield picture


@pytest.mark.sampled(3)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_everyone_can_read_it_by_day_and_by_night(written, visit, scheme, size):
    path = written(made_up(DIGITS, 300, 40, corrupted=True), made_up(DIGITS, 50, 0, "more"))
    page = visit(path, color_scheme=scheme, **size)
    violations = Axe().run(page).response["violations"]
    assert [each["id"] for each in violations if each["impact"] in GRAVE] == []
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


def test_it_needs_nothing_beside_it(written):
    path = written(made_up(DIGITS, 300, 40))
    links = {link for pair in LINKS.findall(path.read_text(encoding="utf-8")) for link in pair}
    assert all(link.startswith(("#", "data:image/png;")) for link in links - {""})


def test_every_picture_in_it_decodes_to_the_images_it_names(written, visit):
    path = written(made_up(DIGITS, 300, 40))
    (sheet,) = pictures(path)
    pixels = np.asarray(sheet)
    originals = np.random.default_rng(1).integers(0, 256, (300, 28, 28), np.uint8)
    for rank, image in enumerate(data_of(path)["images"][0]):
        row, column = divmod(rank, chosen.COLUMNS)
        part = pixels[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
        np.testing.assert_array_equal(part, originals[image["index"]])
    script = """async () => {
      const sheet = getComputedStyle(document.querySelector(".glyph")).backgroundImage;
      const image = new Image();
      image.src = sheet.slice(5, -2);
      await image.decode();
      return image.naturalWidth;
    }"""
    assert visit(path).evaluate(script) == 28 * chosen.COLUMNS


def test_a_cell_shows_its_images_by_mouse_and_by_keyboard(written, visit):
    page = visit(written(made_up(DIGITS, 300, 40)))
    panel = page.locator(".panel")
    page.locator('[data-cell="3,9"]').click()
    expect(panel.locator("h4")).to_have_text("3 read as 9: 1 image")
    expect(panel.locator(".place")).to_have_text(["23"])
    page.locator('[data-cell="3,3"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_attribute("data-cell", "3,7")
    expect(panel.locator("h4")).to_contain_text("3 read as 7")
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_attribute("data-cell", "6,7")
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_attribute("data-cell", "7,7")
    expect(panel.locator("h4")).to_contain_text("7 read as 7: 26 images, 12 of them shown")
    expect(panel.locator(".glyph")).to_have_count(12)


def test_a_cell_shows_its_images_to_who_points_at_it_taps_it_or_comes_by_tab(written, visit):
    path = written(made_up(DIGITS, 300, 40))
    page = visit(path)
    panel = page.locator(".panel h4")
    page.locator('[data-cell="3,9"]').hover()
    expect(panel).to_have_text("3 read as 9: 1 image")
    page.locator('[data-cell="3,3"]').hover()
    expect(panel).to_contain_text("3 read as 3")
    # One cell of a matrix is reached by Tab, the others from there by the arrow keys.
    page.locator('[data-cell="3,9"]').hover()
    page.locator(".matrix").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("data-cell", "3,9")
    phone = visit(path, **PHONE)
    phone.locator('[data-cell="3,9"]').tap()
    expect(phone.locator(".panel h4")).to_have_text("3 read as 9: 1 image")


def test_in_a_list_of_confusions_tab_goes_from_one_to_the_next_and_shows_it(written, visit):
    page = visit(written(made_up(tuple(f"class {number}" for number in range(60)), 600, 90)))
    cells = page.locator("[data-cell]")
    cells.nth(3).focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute(
        "data-cell", cells.nth(4).get_attribute("data-cell")
    )
    name = cells.nth(4).get_attribute("aria-label").split(":")[0]
    expect(page.locator(".panel h4")).to_contain_text(name)


@pytest.mark.slow
def test_a_thousand_long_names_and_several_datasets_leave_it_small(written):
    names = tuple(f"{number} {'字' * 200} {number}" for number in range(1000))
    parts = [made_up(names, 2000, 1500, f"set {number}") for number in range(2)]
    path = written(*parts)
    assert path.stat().st_size < 2_000_000
    labels = [row["label"] for row in data_of(path)["evaluation"]["results"][0]["per_class"]]
    assert len(set(labels)) == 1000
    assert labels[7].startswith("7 字")
    assert labels[7].endswith("字 7")
    # Names that fit are whole.
    few = names[:100]
    labels = data_of(written(made_up(few, 300, 40)))["evaluation"]["per_class"]
    assert [row["label"] for row in labels] == list(few)


def test_names_that_differ_in_their_middle_alone_stay_different(written):
    names = tuple(f"{'x' * 100}{number}{'x' * 100}" for number in range(1000))
    labels = data_of(written(made_up(names, 1000, 40)))["evaluation"]["per_class"]
    assert len({row["label"] for row in labels}) == 1000


def test_names_of_classes_and_datasets_do_nothing(written, visit):
    command = f"mnistkit evaluate --dataset '{HOSTILE[1]}'"
    path = written(made_up(HOSTILE, 120, 30, HOSTILE[1]), command=command)
    page = visit(path)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    rows = page.locator("[id^=matrix] ~ .confusion tbody th").all_inner_texts()
    assert rows == list(HOSTILE)
    assert page.locator("img, [onclick], [onerror]").count() == 0
    assert page.locator("pre").inner_text() == command
    data = data_of(path)
    assert [row["label"] for row in data["evaluation"]["per_class"]] == list(HOSTILE)
    assert data["command"] == command
    for place in range(6):
        page.locator(f'[data-cell="{place},{place}"]').click()
        expect(page.locator(".panel h4")).to_contain_text(HOSTILE[place])


def test_of_a_thousand_classes_there_are_a_map_and_a_list(written, visit):
    names = tuple(f"class {number}" for number in range(1000))
    measured = made_up(names, 10_000, 3000)
    path = written(measured)
    assert path.stat().st_size < 2_000_000
    result = data_of(path)["evaluation"]
    assert result["confusion_matrix"] is None
    matrix = np.zeros((1000, 1000), int)
    for label, predicted, count in result["confusion_cells"]:
        matrix[label, predicted] = count
    np.testing.assert_array_equal(matrix, measured.evaluation.confusion_matrix)
    assert len(list(pictures(path))) == 2
    page = visit(path)
    page.locator("[data-cell]").last.click()
    expect(page.locator(".panel .glyph").first).to_be_visible()
    grave = [each for each in Axe().run(page).response["violations"] if each["impact"] in GRAVE]
    assert [each["id"] for each in grave] == []


def test_a_page_of_noise_with_many_mistakes_and_datasets_is_small(written):
    parts = [made_up(DIGITS, 2000, 1800, f"set {number}") for number in range(6)]
    assert written(*parts).stat().st_size < 2_000_000


def test_without_mistakes_it_says_so(written, visit):
    page = visit(written(made_up(DIGITS, 50, 0)))
    expect(page.locator("h1")).to_contain_text("right on 100.00% of 50 images of digits")
    expect(page.locator("article")).to_contain_text("There are none: all 50 images are read right.")
    expect(page.locator(".panel h4")).to_contain_text("0 read as 0")


def test_a_path_with_bytes_that_are_no_text_is_written(written, visit):
    path = written(made_up(DIGITS, 50, 2, "folder:/caf\udce9"))
    assert data_of(path)["evaluation"]["dataset"] == "folder:/caf\udce9"
    expect(visit(path).locator("h2").first).to_contain_text("caf\\udce9")
