"""The runs page with a thousand runs, beside MLflow's own pages on the same store, in Chromium.

Run: python -m benchmarks.runs [--store FOLDER] [--repeats 5]

The store (made if it is not there, which takes minutes) is looked at warm: each page once before.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from benchmarks.many_runs import fill, made
from benchmarks.timing import machine
from lab.store import Store
from tests.browser.conftest import App, launch

_CHART = "[class*='st-key-runs-compare'] .convlab-live-chart .trace"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, default=Path(".cache/many-runs"))
    parser.add_argument("--repeats", type=int, default=5, help="looks at each page")
    options = parser.parse_args()
    folder = options.store.resolve()
    store = made(folder)
    if not store.runs(limit=1):
        fill(store, 1000, 100)
    os.environ["CONVLAB_MLRUNS"] = str(folder)
    with tempfile.TemporaryDirectory() as logs, _mlflow(store) as theirs, sync_playwright() as p:
        app = App(Path(logs))
        app.start()
        browser = launch(p)
        try:
            looks = _looks(browser.new_page(), app.url, theirs, store)
            times = {name: [] for name in looks}
            for turn in range(options.repeats + 1):
                for name, look in looks.items():
                    began = time.perf_counter()
                    look()
                    if turn:
                        times[name].append(time.perf_counter() - began)
        finally:
            browser.close()
            app.kill()
    print(f"{machine()}; {len(store.runs(limit=5000)):,} runs of 100 epochs\n")
    print("| | seconds, median (slowest) |\n|---|---|")
    for name, found in times.items():
        if name.startswith("("):
            continue  # the way there
        print(f"| {name} | {median(found):.2f} ({max(found):.2f}) |")


def _looks(page: Page, ours: str, theirs: str, store: Store) -> dict[str, Callable[[], None]]:
    """Return what is timed, each until what it shows can be seen."""
    runs = store.runs(limit=10)
    ids, experiment = [run.run_id for run in runs], runs[0].experiment_id
    page.set_default_timeout(60_000)
    both = f"runs={quote(json.dumps(ids))}&experiments={quote(json.dumps([experiment]))}"

    def table() -> None:
        page.get_by_test_id("stTopNav").get_by_role("link", name="Runs").click()
        page.get_by_test_id("stDataFrame").locator("canvas").first.wait_for()

    def elsewhere() -> None:
        page.goto(ours)
        page.get_by_role("heading", name="Convolution Lab").wait_for()
        time.sleep(3)  # seconds for what is warmed behind the page

    def comparison() -> None:
        page.goto(f"{ours}/runs?run={','.join(ids)}")
        page.locator(_CHART).first.wait_for()

    def away() -> None:
        time.sleep(1)
        page.get_by_test_id("stTopNav").get_by_role("link", name="Home").click()
        page.get_by_role("heading", name="Convolution Lab").wait_for()
        time.sleep(2)

    def back() -> None:
        page.go_back()
        page.locator(_CHART).first.wait_for()

    def mlflow_table() -> None:
        page.goto("about:blank")
        page.goto(f"{theirs}/#/experiments/{experiment}/runs?workflowType=machine_learning")
        page.get_by_text(runs[0].name, exact=True).first.wait_for()

    def mlflow_comparison() -> None:
        page.goto("about:blank")
        page.goto(f"{theirs}/#/compare-runs?{both}&workflowType=machine_learning")
        page.get_by_text(runs[-1].name).first.wait_for()

    return {
        "(home)": elsewhere,
        "Runs page, from a click": table,
        "comparison of 10, from its link": comparison,
        "(home again)": away,
        "comparison of 10, by the back button": back,
        "MLflow's list of runs, from its link": mlflow_table,
        "MLflow's comparison of 10, from its link": mlflow_comparison,
    }


@contextmanager
def _mlflow(store: Store) -> Iterator[str]:
    """Serve MLflow's own pages on the store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", store.settings.tracking_uri]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1)
                break
            except OSError:
                time.sleep(0.3)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait()


if __name__ == "__main__":
    main()
