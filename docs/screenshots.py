"""Take the README's pictures of the running app: `make screenshots`.

They show the runs of the store in force; the training page shows the newest run that overfitted.
"""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from lab import settings, store
from tests.browser.conftest import App, launch

DOCS = Path(__file__).parent


def main() -> None:
    """Start the app on a free port, take one picture a page, end it."""
    runs = store.opened(settings.current()).runs()
    overfitted = [run.run_id for run in runs if run.tags.get("convlab.verdict") == "overfitting"]
    newest = [run.run_id for run in runs[:4]]
    shown = (overfitted or newest)[:1]
    pages = {
        "home": "",
        "playground": "playground?preset=arithmetic-padding-strides&pin=0,1,1",
        "kernel_learning": "kernel_learning",
        "edges": "edges?picture=camera",
        "train": "cifar10?run=" + ",".join(shown),
        "runs": "runs?run=" + ",".join(newest),
    }
    with tempfile.TemporaryDirectory() as logs, sync_playwright() as playwright:
        app, browser = App(Path(logs)), launch(playwright)
        app.start()
        try:
            for name, address in pages.items():
                height = 1300 if name == "runs" else 900  # the chart stands below the table
                page = browser.new_page(viewport={"width": 1400, "height": height})
                page.goto(f"{app.url}/{address}")
                page.get_by_role("heading", level=1).wait_for()
                time.sleep(8)  # seconds for charts to be drawn
                page.screenshot(path=DOCS / f"{name}.png")
        finally:
            browser.close()
            app.kill()


if __name__ == "__main__":
    main()
