"""Right or wrong: only a press keeps a picture, and what it keeps trains a model."""

from __future__ import annotations

import pytest
from browsing import choose, draw, expect_answer
from PIL import Image
from playwright.sync_api import expect

from mnistkit.core.models import run_folder
from mnistkit.core.preprocessing.examples import path_of_example

pytestmark = pytest.mark.thorough


def kept(folder):
    """The folder that each kept picture lies in."""
    return sorted(path.parent.name for path in folder.rglob("*.png"))


def test_nothing_asks_for_a_label_where_nothing_is_collected(visit, server):
    page = visit(server)

    draw(page)

    expect_answer(page, "7")
    expect(page.locator(".feedback")).to_have_count(0)


def test_only_a_press_keeps_the_drawing_and_the_last_one_counts(visit, collecting, folder):
    page = visit(collecting)
    draw(page)
    expect(page.get_by_role("button", name="Right")).to_be_enabled()
    assert kept(folder) == []

    page.get_by_role("button", name="Right").click()
    expect(page.locator(".feedback .kept:visible")).to_have_text("Kept as 7. 1 picture collected.")
    assert kept(folder) == ["7"]

    page.get_by_role("button", name="It was 1").click()
    expect(page.locator(".feedback .kept:visible")).to_have_text("Kept as 1. 1 picture collected.")
    assert kept(folder) == ["1"]
    expect(page.get_by_role("button", name="Right")).to_have_attribute("aria-pressed", "false")


def test_what_is_no_digit_can_be_said(visit, collecting, folder):
    page = visit(collecting)
    draw(page)

    page.get_by_role("button", name="No digit").click()

    expect(page.locator(".feedback .kept:visible")).to_contain_text("Kept as no digit.")
    assert len(kept(folder)) == 1
    assert not {"7", "1"} & set(kept(folder))


def test_a_box_of_a_page_is_kept_with_the_label_it_is_given(visit, collecting, folder):
    page = visit(collecting, "photo")
    choose(page, path_of_example("example:page"))
    expect(page.locator(".box")).to_have_count(27)

    page.locator("#boxes").press("ArrowRight")
    page.locator(".box").nth(1).focus()
    page.get_by_role("button", name="It was 8").click()

    expect(page.locator(".feedback .kept:visible")).to_contain_text("Kept as 8.")
    expect(page.locator(".box.kept")).to_have_count(1)
    (path,) = (folder / "8").glob("*.png")
    with Image.open(path) as crop:
        assert max(crop.size) < 200


def test_a_full_collection_says_so_under_the_answer(visit, start, tmp_path):
    (tmp_path / "7").mkdir()
    for number in range(256):
        (tmp_path / "7" / f"{number}.png").write_bytes(b"4 KiB on the disk")
    with start("--collect", tmp_path, "--collect-limit", 1) as server:
        page = visit(server)
        draw(page)

        page.get_by_role("button", name="Right").click()

        expect(page.locator(".kept.error:visible")).to_contain_text(
            "Not kept: expected at most 1 MiB"
        )


def test_a_collected_digit_trains_a_model(visit, collecting, folder, sample, mnistkit):
    page = visit(collecting)
    draw(page)
    page.get_by_role("button", name="Right").click()
    expect(page.locator(".feedback .kept:visible")).to_contain_text("Kept as 7.")
    # What was collected before.
    for place in range(60):
        path = folder / str(sample.class_indices[place]) / f"{place}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(255 - sample.images[place]).save(path)

    trained = mnistkit(
        *("train", "--init", "bundled", "--dataset", f"folder:{folder}", "--epochs", 1),
        *("--validation", 0, "--no-export", "--output", "run"),
    )

    assert trained.returncode == 0, trained.stderr
    metrics = run_folder.read(folder.with_name("run")).record.metrics
    assert metrics.train.count + metrics.test.count == 61
