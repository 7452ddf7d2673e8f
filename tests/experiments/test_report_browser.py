"""The report in a browser: no serious fault of accessibility, nothing beyond the edge of a phone, no script runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.experiments.chromium import chromium
from tests.experiments.test_report import HOSTILE

pytestmark = pytest.mark.slow

#: What lies beyond the right edge of the window and in no box that scrolls; a table's caption sticks to its box.
BEYOND = """() => [...document.querySelectorAll('main *:not(svg *)')]
    .filter(it => it.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter(it => !it.closest('.scroll') && it.getClientRects().length)
    .map(it => it.outerHTML.slice(0, 120))"""
#: Texts of pictures that lie outside their picture.
CUT = """() => [...document.querySelectorAll('main figure svg')].flatMap(svg => {
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter(it => {
        const own = it.getBoundingClientRect();
        return own.right > box.right + 3 || own.left < box.left - 3 || own.bottom > box.bottom + 3;
    }).map(it => `${svg.getAttribute('aria-label').slice(0, 60)}: ${it.textContent}`);
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, full_report: str) -> str:
    place: Path = tmp_path_factory.mktemp("page") / "report.html"
    place.write_text(full_report, encoding="utf-8")
    return place.as_uri()


def opened(browser: Any, address: str, width: int) -> tuple[Any, list[str]]:
    """The page at a width, with all that folds opened, and what it said or asked for by itself."""
    page, said = browser.new_page(viewport={"width": width, "height": 900}), []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: said.append(request.url) if request.url != address else None)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
    return page, said


@pytest.mark.parametrize("width", [1400, 390])
def test_nothing_is_cut_or_beyond_the_edge_and_nothing_runs(browser: Any, address: str, width: int) -> None:
    page, said = opened(browser, address, width)
    assert said == []
    assert HOSTILE in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND) == []
    assert page.evaluate(CUT) == []
    boxes = page.evaluate("[...document.querySelectorAll('.scroll')].map(it => it.scrollWidth - it.clientWidth)")
    assert any(more > 0 for more in boxes) or width == 1400
    page.close()


def test_no_serious_fault_of_accessibility(browser: Any, address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, _ = opened(browser, address, 1400)
    found = axe.Axe().run(page).response["violations"]
    told = [
        f"{fault['id']}: {fault['help']}; {fault['nodes'][0]['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
    assert told == []
    page.close()


def test_every_box_that_scrolls_can_be_reached_by_keyboard(browser: Any, address: str) -> None:
    page, _ = opened(browser, address, 390)
    boxes = "[...document.querySelectorAll('.scroll')].filter(it => it.scrollWidth > it.clientWidth + 1)"
    assert page.evaluate(f"{boxes}.filter(it => it.tabIndex < 0).map(it => it.outerHTML.slice(0, 80))") == []
    page.close()
