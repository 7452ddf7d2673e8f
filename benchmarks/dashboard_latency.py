"""How long a month takes from being computed to being on the screen of the dashboard, and how soon the page answers.

    python benchmarks/dashboard_latency.py [--scale 100] [--months 60] [--chromium /usr/bin/chromium]

Starts the dashboard and a headless Chromium, runs a scenario with the charter beside the baseline, and prints
milliseconds. Both clocks are this machine's. The page notes a month after the frame in which it was drawn.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from playwright.sync_api import Page, sync_playwright

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, default=100)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    command = [sys.executable, "-m", "experiments", "dashboard", "--port", "0", "--scale", str(chosen.scale)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().split(" at ")[-1].strip()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chosen.chromium, args=list(ARGUMENTS))
                measure(browser.new_page(viewport={"width": 1400, "height": 1000}), address, chosen.months)
                browser.close()
        finally:
            server.terminate()


def measure(page: Page, address: str, months: int) -> None:
    """Run a scenario in a page and print how long its months and the page's answers took."""
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("#answer")
    print(f"page ready after {1000 * (time.perf_counter() - began):.0f} ms")
    page.fill('[data-key="months"]', str(months))
    page.check('[data-policy="a.0"]')
    page.wait_for_selector(".policy.on")
    page.click('[data-do="run"]')
    answers = []
    while page.get_attribute("#state", "data-phase") != "finished":
        if page.locator("#done").count() and page.inner_text("#done") != "0":
            answers.append(switch(page))
        page.wait_for_timeout(200)
    page.wait_for_timeout(300)
    shown = page.evaluate("window.commonwealShown")
    tell("month computed to month on the screen", [now - then for _, then, now in shown[1:]])
    tell("policy switched to its dials on the screen, during the run", answers)


def switch(page: Page) -> float:
    """Milliseconds from a click on the last policy until the page shows that it is on or off."""
    return float(
        page.evaluate(
            """async () => {
              const box = [...document.querySelectorAll("[data-policy]")].pop(), card = box.closest("article");
              const before = card.classList.contains("on"), began = performance.now();
              box.click();
              while (card.classList.contains("on") === before) await new Promise(requestAnimationFrame);
              return performance.now() - began;
            }"""
        )
    )


def tell(what: str, values: list[float]) -> None:
    """Print how many there were, the middle one, the 95th of a hundred and the longest."""
    ordered = sorted(values)
    if ordered:
        middle, late = ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))]
        print(f"{what}: {len(ordered)} times, median {middle:.0f} ms, 95% {late:.0f} ms, most {ordered[-1]:.0f} ms")


if __name__ == "__main__":
    main()
