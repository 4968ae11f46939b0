import hashlib
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # side by side, more would wait for each other

from lab import settings
from tests.team import Team, shared_team

if TYPE_CHECKING:
    from convcore.config import TrainConfig
    from tests.trainings import Left


def pytest_addoption(parser) -> None:
    parser.addoption("--soak", action="store_true", help="tests of reliability at full length")


def pytest_collection_modifyitems(config, items) -> None:
    """Leave out what has no short form, unless it is asked for."""
    if not config.getoption("soak"):
        long = [item for item in items if item.get_closest_marker("soak_only")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def rounds(pytestconfig) -> Callable[..., int]:
    """How often to try something: `rounds(2, whole=20)` is 20 with --soak, else 2."""

    def chosen(bounded: int, *, whole: int) -> int:
        return whole if pytestconfig.getoption("soak") else bounded

    return chosen


@pytest.fixture(scope="session")
def common(tmp_path_factory) -> Path:
    """The folder that the test processes of one run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def empty_store(common: Path) -> Path:
    """An empty database, made once: MLflow takes seconds to make one."""
    from lab.store import Store

    mlruns, now = common / "empty", settings.current()
    with FileLock(common / "empty.lock"):
        if not mlruns.exists():
            Store(replace(now, mlruns=mlruns, tracking_uri=settings.embedded_uri(mlruns)))
    return mlruns / "mlflow.db"


@pytest.fixture
def bare_house(tmp_path, monkeypatch) -> settings.Settings:
    """Settings of a lab of its own, nothing made yet, in a folder that goes with the test."""
    for variable, folder in [
        ("CONVLAB_DATA", "data"), ("CONVLAB_CACHE", "cache"), ("CONVLAB_MLRUNS", "mlruns"),
    ]:  # fmt: skip
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.setenv("CONVLAB_AUTHOR", "ada")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("CONVLAB_PARALLEL", raising=False)
    return settings.current()


@pytest.fixture
def house(bare_house, empty_store) -> settings.Settings:
    """The same with an empty store."""
    bare_house.mlruns.mkdir()
    shutil.copy(empty_store, bare_house.mlruns / "mlflow.db")
    return bare_house


@pytest.fixture(scope="session")
def team(common: Path) -> Iterator[Team]:
    """A team's servers, shared by all tests."""
    with shared_team(common) as shared:
        yield shared


@pytest.fixture(scope="session")
def undisturbed(common: Path, empty_store) -> Callable[["TrainConfig"], "Left"]:
    """What a training of a config leaves that runs from its start to its end; trained once."""
    from lab import jobs
    from lab.store import Store
    from tests.trainings import ended, left

    def trained(config: "TrainConfig") -> "Left":
        folder = common / hashlib.sha256(config.to_json().encode()).hexdigest()
        known = folder / "left.pickle"
        with FileLock(folder.with_suffix(".lock")):
            if known.exists():
                return pickle.loads(known.read_bytes())
            folder.mkdir()
            shutil.copy(empty_store, folder / "mlflow.db")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("CONVLAB_MLRUNS", str(folder))
                patch.delenv("MLFLOW_TRACKING_URI", raising=False)
                store = Store(settings.current())
                run = ended(store, jobs.start(store, config))
                assert run.status == "FINISHED", run.tags
                known.write_bytes(pickle.dumps(left(store, run.run_id)))
        return trained(config)

    return trained


@pytest.fixture(scope="session")
def chromium():
    """The machine's Chromium or Chrome, or Playwright's own; only CI may not do without.

    A process has one: Playwright cannot be started twice.
    """
    from playwright.sync_api import Error, expect, sync_playwright

    from tests.browser.conftest import launch

    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error as error:
            reason = f"no browser: install chromium, or `playwright install chromium` ({error})"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A fresh page, 1400 × 900."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def no_process_left():
    """Trainings that a test started end with it."""
    yield
    jobs = sys.modules.get("lab.jobs")
    while jobs and jobs._children:
        _, process = jobs._children.popitem()
        process.kill()
        process.wait()
