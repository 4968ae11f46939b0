"""Take the README's pictures of the running app: `make screenshots`.

They show a lab of its own with the three example runs, made as a first visitor makes them.
"""

import dataclasses
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from lab import examples, settings
from lab.store import Store
from tests.browser.conftest import App, launch

DOCS = Path(__file__).parent


def main() -> None:
    """Start the app on a free port, make the examples, take one picture a page, end it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        mlruns = Path(folder) / "mlruns"
        environment = {"CONVLAB_MLRUNS": str(mlruns), "CONVLAB_AUTHOR": "ada"}
        app = App(Path(folder), environment=environment)
        browser = launch(playwright)
        app.start()
        try:
            _make_examples(browser.new_page(), app.url)
            for name, address in _pages(mlruns).items():
                height = 1300 if name == "runs" else 900  # the chart stands below the table
                page = browser.new_page(viewport={"width": 1400, "height": height})
                page.goto(f"{app.url}/{address}")
                page.get_by_role("heading", level=1).wait_for()
                time.sleep(8)  # seconds for charts to be drawn
                page.screenshot(path=DOCS / f"{name}.png")
        finally:
            browser.close()
            app.kill()


def _make_examples(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Make three example runs").click()
    page.get_by_text("3 of 3 done").first.wait_for(timeout=180_000)


def _pages(mlruns: Path) -> dict[str, str]:
    """Return the address of each picture."""
    uri = settings.embedded_uri(mlruns)
    house = dataclasses.replace(settings.current(), mlruns=mlruns, tracking_uri=uri)
    runs = examples.found(Store(house))
    return {
        "home": "",
        "playground": "playground?preset=arithmetic-padding-strides&pin=0,1,1",
        "kernel_learning": "kernel_learning",
        "edges": "edges?picture=camera",
        "train": f"cifar10?run={runs[examples.OVERFITTED].run_id}",
        "runs": "runs?run=" + ",".join(run.run_id for run in runs.values()),
    }


if __name__ == "__main__":
    main()
