"""A team in real browsers: signing in, and two apps on one server that share a training."""

import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lab import comments, processes, settings
from lab.store import Store
from tests.browser.test_train import start, status, wait_for_epochs
from tests.team import Team, begin, free_port

# Short epochs, and more of them than are waited for.
LONG = "/cifar10?cifar10.epochs=2000&cifar10.channels=4&cifar10.blocks=1&cifar10.subset=200"


@pytest.fixture
def store(team, bare_house, monkeypatch) -> Store:
    for variable, value in team.environment("ada").items():
        monkeypatch.setenv(variable, value)
    return Store(settings.current())


@pytest.fixture
def second(team, tmp_path: Path) -> Iterator[str]:
    """The app of another machine on the same server."""
    port = free_port()
    places = {
        "CONVLAB_DATA": "data", "CONVLAB_CACHE": "cache", "CONVLAB_MLRUNS": "mlruns",
    }  # fmt: skip
    environment = {variable: str(tmp_path / folder) for variable, folder in places.items()}
    environment |= team.environment("bob") | {"CONVLAB_TEAM_PORT": str(port)}
    process = begin(tmp_path / "second.log", environment)
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def sign_in(page: Page, team: Team, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(team.people[name])
    page.get_by_role("button", name="Sign in").click()


def say(page: Page, text: str) -> None:
    line = page.get_by_placeholder("Say something about this run").first
    line.fill(text)
    line.press("Enter")


def test_the_form_leads_to_what_was_asked_for_and_signing_out_ends_it(team, page):
    pictures: list[str] = []
    page.on("request", lambda each: pictures.append(each.url) if "/media/" in each.url else None)
    page.goto(team.app + "/edges")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("There is no such name with this password.")
    sign_in(page, team, "ada")
    expect(page.get_by_role("heading", name="Edge detection", level=1)).to_be_visible()
    expect(page.get_by_text("ada", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Edge detection", level=1)).to_be_visible()
    expect(page.locator("img[src*='/media/'], canvas").first).to_be_visible()
    for url in pictures[:1]:
        assert page.request.get(url).status == 200
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url)
    other = page.context.new_page()
    other.goto(team.app + "/sign-out")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_two_apps_share_a_training(team, second, store, page, chromium):
    page.goto(team.app)
    sign_in(page, team, "ada")
    run_id = start(page, team.app + LONG)
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    try:
        other = context.new_page()
        other.goto(f"{second}/cifar10?run={run_id}")
        sign_in(other, team, "bob")
        wait_for_epochs(other, 2)
        seen = len(store.curves(run_id, ["test_loss"])["test_loss"])
        wait_for_epochs(other, seen + 1)  # live: it grows while it is looked at
        say(page, "Too slow?")
        expect(other.get_by_text("Too slow?", exact=True)).to_be_visible()
        say(other, "I stop it.")
        expect(page.get_by_text("I stop it.", exact=True)).to_be_visible()
        other.get_by_role("button", name="Stop").click()
        for each in (other, page):
            expect(status(each)).to_have_text(re.compile("stopped"), timeout=60_000)
    finally:
        context.close()
        process = processes.process_of(store, store.run(run_id))
        if process:
            process.kill()
    run = store.run(run_id)
    assert run.tags["mlflow.user"] == "ada"
    assert run.tags["convlab.stop"] == "bob"
    said = [(each.author, each.text) for each in comments.comments(run)]
    assert said == [("ada", "Too slow?"), ("bob", "I stop it.")]
    assert run.status == "KILLED"
