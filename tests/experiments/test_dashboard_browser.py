"""The dashboard as a person meets it: a browser, a server of its own process, and the command line afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

playwright_api = pytest.importorskip("playwright.sync_api")
from axe_playwright_python.sync_playwright import Axe  # noqa: E402

from policies.policy import registry  # noqa: E402
from tests.experiments.chromium import chromium  # noqa: E402

ROOT = Path(__file__).parents[2]
SCRIPT = "<script>alert(1)</script>"
FINISHED = '[data-phase="finished"]'

pytestmark = pytest.mark.slow

Open = Callable[..., "playwright_api.Page"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Address of the page and number of the process that serves it."""
    folder = tmp_path_factory.mktemp("dashboard")
    file = folder / "script.toml"
    file.write_text(f'name = "{SCRIPT}"\nscale = 1000\nmonths = 24\nstart = "2020-04"\n')
    command = [sys.executable, "-m", "experiments", "dashboard", str(file), "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COMMONWEAL_STORE": str(folder / "store")}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"Dashboard at http://127\.0\.0\.1:\d+/\n", line), line
        yield line.split(" at ")[1].strip(), process.pid
        process.terminate()


@pytest.fixture
def address(server: tuple[str, int]) -> str:
    return server[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright_api.Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def open_tab(address: str, browser: playwright_api.Browser) -> Iterator[Open]:
    """Opens tabs, and makes sure that none asks anybody but this machine, or raises."""
    pages, strange = [], []

    def opened(width: int = 1400, height: int = 1000) -> playwright_api.Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(30_000)
        page.on("request", lambda request: strange.append(request.url) if away(request.url) else None)
        page.on("pageerror", lambda error: strange.append(str(error)))
        page.on("dialog", lambda dialog: strange.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.goto(address)
        page.wait_for_selector("#answer")
        pages.append(page)
        return page

    def away(url: str) -> bool:
        return not url.startswith((address, "blob:", "data:", address.replace("http", "ws")))

    yield opened
    for page in pages:
        page.close()
    assert strange == []


def colours(page: playwright_api.Page) -> list[str]:
    return page.eval_on_selector_all("#points circle", "points => points.map(point => point.getAttribute('fill'))")


def serious(page: playwright_api.Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html']}" for item in found if item["impact"] in ("serious", "critical")]


def cut(page: playwright_api.Page) -> list[str]:
    """Controls and texts that reach beyond the page, and whether it can be scrolled sideways."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".cw button, .cw input, .cw select, .cw p, .cw h2, .cw figure, .cw svg")]
          .filter(item => !item.closest(".scroll") && item.getBoundingClientRect().width > 0)
          .filter(item => item.getBoundingClientRect().left < -1 || item.getBoundingClientRect().right > innerWidth + 1)
          .map(item => item.outerHTML.slice(0, 120))"""
    )


def test_policies_are_switched_on_run_shared_and_run_again_by_the_command_line(open_tab: Open, tmp_path: Path) -> None:
    page = open_tab()
    assert serious(page) == []
    for position, kind in enumerate(registry()):
        page.check(f'[data-policy="a.{position}"]')
        page.wait_for_selector(f'[data-key="a.{position}.start"]', state="attached")
        assert page.locator(f'[data-policy="a.{position}"]').is_checked(), kind
    # Bad input is told beside its field, and stops the run.
    field = '[data-key="a.0.outreach"]'
    page.locator("summary:has-text('Dials')").first.click()
    page.fill(field, "seven")
    page.keyboard.press("Tab")
    page.wait_for_selector(f'{field}[aria-invalid="true"]')
    assert "a number" in page.inner_text(f"#{'h-a.0.outreach'.replace('.', chr(92) + '.')}")
    page.click('[data-do="run"]')
    page.wait_for_selector("#message")
    assert page.get_attribute("#state", "data-phase") == "none"
    page.fill(field, "0.2")
    page.keyboard.press("Tab")
    page.fill('[data-key="a.0.start"]', "2020-05")
    page.keyboard.press("Tab")
    page.wait_for_selector(f'{field}[aria-invalid="false"]')
    before = colours(page)
    chart = '[data-chart="share_below_real_living_wage"] path.two'
    assert not page.get_attribute(chart, "d")
    page.select_option("#map-outcome", "share_below_real_living_wage")
    page.click('[data-do="run"]')
    page.wait_for_selector(FINISHED, timeout=60_000)
    page.wait_for_function("document.querySelector('#done').innerText === '24'")
    assert page.get_attribute(chart, "d").count("L") == 23
    assert len(set(colours(page))) > 1
    assert colours(page) != before
    difference = colours(page)
    page.select_option("#map-view", "reference")
    page.wait_for_function(
        "before => document.querySelector('#points circle').getAttribute('fill') !== before", arg=difference[0]
    )
    assert "One seed: no interval" in page.inner_text("#answer")
    # A neighbourhood is chosen on the map.
    page.locator("#points circle").nth(300).dispatch_event("click")
    page.wait_for_selector("#inspect .cards")
    assert page.input_value("#inspect-place") == "300"
    # Somebody is looked back on; at this scale not everywhere is somebody.
    for place in range(300, 330):
        page.select_option("#inspect-place", str(place))
        page.wait_for_timeout(150)
        if page.locator("[data-person]").count():
            break
    page.locator("[data-person]").first.click()
    page.wait_for_selector("#story li")
    assert serious(page) == []
    # The name is text wherever it stands.
    assert page.inner_text("dt >> nth=1") == SCRIPT
    assert page.locator("script:has-text('alert(1)')").count() == 0
    # The command line gives the digest of what is shared.
    with page.expect_download() as saved:
        page.click('[data-save="a"]')
    shared = tmp_path / "shared.toml"
    saved.value.save_as(shared)
    command = [sys.executable, "-m", "experiments", "digest", str(shared)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert told == page.inner_text('[data-digest="1"]')
    # The file opens again, in another place.
    page.check("input[name=against] >> nth=1")
    page.set_input_files('[data-open="a"]', {"name": "b.toml", "mimeType": "", "buffer": b"scal = 3"})
    page.wait_for_selector("#message:has-text('b.toml: scal: unknown key')")
    page.set_input_files('[data-open="a"]', str(shared))
    page.wait_for_selector("#message", state="detached")
    assert page.input_value('[data-key="a.name"]') == SCRIPT


def test_two_tabs_pause_step_and_cancel_without_disturbing_each_other(open_tab: Open) -> None:
    one, other = open_tab(), open_tab(390, 844)
    assert cut(other) == []
    one.check('[data-policy="a.0"]')
    one.fill('[data-key="months"]', "240")
    one.keyboard.press("Tab")
    one.click('[data-do="run"]')
    one.wait_for_function("+document.querySelector('#done')?.innerText > 1", timeout=60_000)
    one.click('[data-do="pause"]')
    one.wait_for_selector('[data-phase="paused"]')
    done = int(one.inner_text("#done"))
    assert 1 < done < 240
    # The other tab has nothing of it, and steps for itself.
    assert other.get_attribute("#state", "data-phase") == "none"
    assert other.input_value('[data-key="months"]') == "24"
    assert not other.is_checked('[data-policy="a.0"]')
    other.click('[data-do="step"]')
    other.wait_for_selector('[data-phase="paused"]', timeout=60_000)
    other.wait_for_function("document.querySelector('#done').innerText === '1'")
    assert int(one.inner_text("#done")) == done
    one.click('[data-do="step"]')
    one.wait_for_function("done => +document.querySelector('#done').innerText === done + 1", arg=done)
    one.click('[data-do="cancel"]')
    one.wait_for_selector('[data-phase="cancelled"]')
    assert other.get_attribute("#state", "data-phase") == "paused"
    assert cut(one) == []
    assert cut(other) == []
    assert serious(other) == []
    other.click('[data-do="reset"]')
    other.wait_for_selector('[data-phase="none"]')


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs the processor times of another process")
def test_a_tab_that_is_left_ends_its_run(open_tab: Open, server: tuple[str, int]) -> None:
    def work() -> int:
        fields = Path(f"/proc/{server[1]}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    page = open_tab()
    page.fill('[data-key="months"]', "480")
    page.keyboard.press("Tab")
    page.click('[data-do="run"]')
    page.wait_for_function("+document.querySelector('#done')?.innerText > 1")
    page.goto("about:blank")  # which tells the server what closing a tab does
    for _ in range(12):  # the run would take longer
        before = work()
        time.sleep(0.5)
        if work() - before <= 1:
            return
    pytest.fail("the server goes on working")
