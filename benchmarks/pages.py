"""How long a slider's move takes until its picture is seen, in a real Chromium, training idle.

Run: python -m benchmarks.pages [--repeats 15]

From the key's press to the first change of what the page draws; medians, the slowest in brackets.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.timing import machine
from tests.browser.conftest import App, launch

CASES = [  # what, address, the slider
    ("playground 3×3 ⋆ 2×2, padding", "playground?preset=a1", "padding-0"),
    ("playground, 3-D film, padding", "playground?preset=moving-blob", "padding-1"),
    ("edges, 512×512, threshold", "edges?picture=camera&view=threshold", "level"),
    ("edges, 512×512, Canny", "edges?picture=camera&view=edges", "low"),
    ("edges, 2 megapixels, threshold", "edges?picture=retina&view=threshold", "level"),
]
# Resolves with the milliseconds from the next key to the first change inside the component.
WATCH = """() => {
  const place = document.querySelector('.convlab-stepper, .convlab-compare');
  window.changed = new Promise((done) => {
    let start;
    addEventListener('keydown', () => { start = performance.now(); }, {once: true, capture: true});
    new MutationObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => done(performance.now() - start));
    }).observe(place, {subtree: true, childList: true, attributes: true});
  });
}"""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="moves of each slider")
    repeats = parser.parse_args().repeats
    print(f"{machine()}\n\n| a slider's move | milliseconds |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["CONVLAB_MLRUNS"] = folder
        app = App(Path(folder))
        app.start()
        browser = launch(playwright)
        try:
            for what, address, slider in CASES:
                page = browser.new_page(viewport={"width": 1400, "height": 900})
                page.goto(f"{app.url}/{address}")
                times = moves(page, slider, repeats)
                print(f"| {what} | {median(times):.0f} ({max(times):.0f}) |", flush=True)
                page.close()
        finally:
            browser.close()
            app.kill()


def moves(page: Page, name: str, repeats: int) -> list[float]:
    """Return how long each move of the slider took, in milliseconds."""
    slider = page.locator(f"[class*='-{name}'] input[type=range]").first
    page.locator(".convlab-stepper, .convlab-compare").wait_for()
    time.sleep(4)  # seconds for everything heavy to be imported
    times = []
    for turn in range(repeats + 1):
        page.evaluate(WATCH)
        slider.press("ArrowLeft" if turn % 2 else "ArrowRight")
        times.append(page.evaluate("window.changed"))
        time.sleep(0.5)
    return times[1:]


if __name__ == "__main__":
    main()
