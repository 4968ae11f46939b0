"""How long the first page takes, and each switch of page after it, in a real Chromium.

Run: python -m benchmarks.first_minute [--starts 5] [--rounds 8]

The store holds three small runs. *Answers* is from the start of the process to its first answer;
*home drawn* from there, in a browser that already waits. A switch lasts from the click until the
new page has its title and shows what it is for; the first one to each page, while what is heavy may
still be imported, is told apart. *Shift* is what jumps while a page loads by its address, at 1400
and at 400 pixels (Chromium's cumulative layout shift; up to 0.1 counts as good).
"""

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.timing import machine
from lab.settings import current, embedded_uri
from lab.store import Store
from tests.browser.conftest import App, launch
from tests.trained import trained

# A page in the navigation: its address, its title, and what shows that it is there.
PAGES = {
    "Home": ("", "Convolution Lab", "[data-testid=stDataFrame] canvas"),
    "Playground": ("playground", "Playground", ".convlab-product"),
    "Kernel learning": ("kernel_learning", "Kernel learning", ".convlab-film-cell"),
    "Edge detection": ("edges", "Edge detection", ".convlab-compare-label"),
    "Train": ("cifar10", "Train a CNN", "[data-testid=stBaseButton-primary]"),
    "Runs": ("runs", "Runs", "[data-testid=stDataFrame] canvas"),
}
# Clicks the link of a page, if it is given, and resolves with the milliseconds until it is there.
SWITCH = """([link, title, mark]) => new Promise((done) => {
  const start = performance.now();
  const look = () => {
    const heading = document.querySelector("h1")?.innerText.trim();
    const old = document.querySelector("[data-stale=true] h1");
    if (heading === title && !old && document.querySelector(mark)) done(performance.now() - start);
    else requestAnimationFrame(look);
  };
  if (link) [...document.querySelectorAll("[data-testid=stTopNavLink]")]
    .find((each) => each.innerText.includes(link)).click();
  look();
})"""
SHIFTS = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
}"""


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5, help="starts of the app")
    parser.add_argument("--rounds", type=int, default=8, help="switches to each page")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        _fill(Path(folder))
        browser = launch(playwright)
        print("\n| a start | seconds, median (slowest) |\n|---|---|")
        starts = [_start(Path(folder), browser) for _ in range(options.starts)]
        for what, seconds in zip(("answers", "home drawn"), zip(*starts, strict=True), strict=True):
            print(f"| {what} | {median(seconds):.2f} ({max(seconds):.2f}) |")
        app = App(Path(folder))
        app.start()
        try:
            _switches(browser, app.url, options.rounds)
            _jumps(browser, app.url)
        finally:
            app.kill()
            browser.close()


def _fill(folder: Path) -> None:
    os.environ["CONVLAB_MLRUNS"] = str(folder / "mlruns")
    mlruns = folder / "mlruns"
    store = Store(replace(current(), mlruns=mlruns, tracking_uri=embedded_uri(mlruns)))
    for seed in range(3):
        trained(store, f"run {seed}", seed=seed)


def _start(folder: Path, browser: Browser) -> tuple[float, float]:
    """Start the app and open home; return the seconds until it answers, and from there."""
    app, page = App(folder), browser.new_page()
    began = time.perf_counter()
    app.start()
    answered = time.perf_counter()
    try:
        page.goto(app.url, wait_until="commit")
        _, title, _mark = PAGES["Home"]
        page.get_by_role("heading", name=title).wait_for()
        drawn = time.perf_counter()
    finally:
        page.close()
        app.kill()
    return answered - began, drawn - answered


def _switches(browser: Browser, url: str, rounds: int) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(url)
    page.locator(PAGES["Home"][2]).first.wait_for()
    time.sleep(10)  # seconds for everything heavy to be imported behind home
    times = {name: [] for name in PAGES}
    for _ in range(rounds + 1):
        for name in [*list(PAGES)[1:], "Home"]:
            times[name].append(_switch(page, name))
            time.sleep(1)  # the page's own work behind what is seen
    print("\n| to the page | ms, median (slowest) | first time |\n|---|---|---|")
    for name, (first, *later) in times.items():
        print(f"| {name} | {median(later):.0f} ({max(later):.0f}) | {first:.0f} |")
    every = [value for found in times.values() for value in found[1:]]
    print(f"| all | {median(every):.0f} ({max(every):.0f}) | |")
    page.close()


def _switch(page: Page, name: str) -> float:
    _, title, mark = PAGES[name]
    return page.evaluate(SWITCH, [name, title, mark])


def _jumps(browser: Browser, url: str) -> None:
    print(
        "\n| opened by its address | ms until there | shift at 1400 | at 400 |\n|---|---|---|---|"
    )
    for name, (address, title, mark) in PAGES.items():
        shifts, times = [], []
        for width in (1400, 400):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.add_init_script(f"({SHIFTS})()")
            began = time.perf_counter()
            page.goto(f"{url}/{address}", wait_until="commit")
            page.evaluate(SWITCH, [None, title, mark])
            times.append(1000 * (time.perf_counter() - began))
            time.sleep(2)
            shifts.append(page.evaluate("window.shift"))
            page.close()
        print(f"| {name} | {times[0]:.0f} | {shifts[0]:.3f} | {shifts[1]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
