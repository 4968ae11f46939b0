"""Take the README's pictures of the running app: `make screenshots`.

They show the runs of the store in force; the training page shows the newest run that overfitted.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from lab import settings, store

DOCS = Path(__file__).parent


def main() -> None:
    """Start the app on a free port, take one picture a page, end it."""
    runs = store.opened(settings.current()).runs()
    overfitted = [run.run_id for run in runs if run.tags.get("convlab.verdict") == "overfitting"]
    newest = [run.run_id for run in runs[:4]]
    shown = (overfitted or newest)[:1]
    pages = {
        "home": "/",
        "playground": "/playground?preset=arithmetic-padding-strides&pin=0,1,1",
        "kernel_learning": "/kernel_learning",
        "edges": "/edges?picture=camera",
        "train": "/cifar10?run=" + ",".join(shown),
        "runs": "/runs?run=" + ",".join(newest),
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    app = subprocess.Popen(command, cwd=settings.PROJECT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            for name, path in pages.items():
                height = 1300 if name == "runs" else 900  # the chart stands below the table
                page = browser.new_page(viewport={"width": 1400, "height": height})
                page.goto(f"http://127.0.0.1:{port}{path}")
                page.get_by_role("heading", level=1).wait_for()
                time.sleep(8)  # seconds for charts to be drawn
                page.screenshot(path=DOCS / f"{name}.png")
            browser.close()
    finally:
        app.terminate()
        app.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    main()
