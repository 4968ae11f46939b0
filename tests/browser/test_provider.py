"""Signing in with an identity provider instead of MLflow's accounts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import App
from tests.provider import Provider, provider

SECRETS = """
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "any text that is long enough to sign cookies with"
client_id = "lab"
client_secret = "of the lab"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def identity():
    with provider() as running:
        yield running


@pytest.fixture
def guarded(house, tmp_path, identity: Provider, monkeypatch):
    monkeypatch.setenv("CONVLAB_TEAM_PEOPLE", "@example.org")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    secrets = tmp_path / "secrets.toml"
    app = App(tmp_path, options=[f"--secrets.files={secrets}"])
    secrets.write_text(SECRETS.format(app=app.url, provider=identity.url))
    app.start()
    yield app
    app.kill()
    assert not app.faults()


def enter(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()


def test_a_provider_says_who_people_are_and_the_team_who_may_in(guarded, identity, page):
    identity.email = "eve@evil.example"
    page.goto(guarded.url + "/runs")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("heading", name="Runs")).to_have_count(0)
    enter(page)
    expect(page.get_by_text(re.compile("eve@.?evil.example is not on the list"))).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    identity.email = "ada@example.org"
    enter(page)
    expect(page.get_by_text("ada@example.org", exact=True).first).to_be_visible()
    page.goto(guarded.url)
    expect(page.get_by_role("cell", name="ada@example.org")).to_be_visible()
