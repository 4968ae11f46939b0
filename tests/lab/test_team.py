"""A real team: what a stranger gets from its servers, and what its people get."""

import json
import os
import stat
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from pathlib import Path

import psutil
import pytest

from convcore.errors import ConvcoreError
from lab import accounts, comments, settings
from lab.accounts import Account
from lab.records import StoreError
from lab.store import Store
from lab.team import change_people, hosts, serve
from tests.team import ADMIN, Team, free_port

# Every address that Streamlit has, as its routes name them, and pages of ours.
OF_THE_APP = [
    "/", "/playground", "/runs?run=1", "/media/0123456789abcdef.png", "/app/static/plotly.min.js",
    "/static/js/index.js", "/component/any/index.html", "/_stcore/bidi-components/any/x.js",
    "/_stcore/upload_file/a/b", "/_stcore/host-config", "/_stcore/stream", "/_stcore/metrics",
    "/_stcore/script-health-check", "/_stcore/agent/openapi.json", "/auth/login", "/favicon.png",
    "/_stcore/health/..%2fhost-config", "//playground", "/sign-in/../runs",
]  # fmt: skip
OF_MLFLOW = [
    "/", "/version", "/signup", "/metrics", "/docs", "/openapi.json", "/graphql",
    "/api/2.0/mlflow/experiments/search?max_results=9",
    "/ajax-api/2.0/mlflow/experiments/search?max_results=9",
    "/api/2.0/mlflow/runs/get?run_id=1", "/api/2.0/mlflow/users/list",
    "/api/2.0/mlflow-artifacts/artifacts", "/api/2.0/mlflow-artifacts/artifacts/1/a/x.png",
    "/ajax-api/2.0/mlflow-artifacts/artifacts/1/a/x.png", "/get-artifact?path=x&run_uuid=1",
    "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=1&metric_key=loss", "/v1/traces",
]  # fmt: skip


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # a redirection is an answer


def ask(url: str, data: bytes | None = None, **headers: str):
    """The status, the headers and the body of an answer, whatever it is."""
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers, refusal.read().decode()


def sign_in(team: Team, name: str, password: str, place: str = "/", **headers: str):
    form = urllib.parse.urlencode({"name": name, "password": password}).encode()
    return ask(f"{team.app}/sign-in?next={urllib.parse.quote(place)}", form, **headers)


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def test_a_stranger_gets_nothing_from_the_app(team):
    for path in OF_THE_APP:
        status, _, body = ask(team.app + path)
        assert (status, body) == (401, "Sign in first: /sign-in\n"), path
        status, headers, body = ask(team.app + path, Accept="text/html")
        assert (status, body) == (303, ""), path
        assert headers["location"].startswith("/sign-in?next="), path
        assert ask(team.app + path, b"x")[0] == 401, path


def test_a_stranger_gets_nothing_from_mlflow(team):
    for path in OF_MLFLOW:
        assert ask(team.server + path)[0] == 401, path
        wrong = basic("ada", "not the password")
        assert ask(team.server + path, Authorization=wrong)[0] == 401, path


def test_what_is_open_says_nothing(team):
    assert ask(team.app + "/_stcore/health")[::2] == (200, "ok")
    assert ask(team.server + "/health")[::2] == (200, "OK")


def test_a_foreign_host_name_is_refused(team):
    assert ask(team.app + "/sign-in", Host="evil.example")[0] == 400
    assert ask(team.server + "/", Host="evil.example")[0] == 403


def test_signing_in_opens_the_link_that_was_asked_for(team):
    status, headers, _ = sign_in(team, "ada", team.people["ada"], "/runs?run=1")
    assert (status, headers["location"]) == (303, "/runs?run=1")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert team.people["ada"] not in cookie
    token = cookie.partition(";")[0]
    assert ask(team.app + "/runs?run=1", Cookie=token)[0] == 200
    assert ask(team.app + "/sign-out", b"", Cookie=token)[0] == 303
    assert ask(team.app + "/runs?run=1", Cookie=token)[0] == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "not the password"), ("nobody", "not the password"), ("", ""), ("ada", "")],
)
def test_who_is_not_known_stays_out(team, name, password):
    status, headers, body = sign_in(team, name, password)
    assert status == 403
    assert "set-cookie" not in headers
    assert "There is no such name with this password." in body


def test_a_form_from_another_site_and_a_name_with_markup_are_harmless(team):
    status, headers, body = sign_in(team, "ada", team.people["ada"], Origin="http://evil.example")
    assert status == 403
    assert "set-cookie" not in headers
    assert "sent by another page" in body
    assert "<script>" not in sign_in(team, '"><script>alert(1)</script>', "x")[2]
    assert sign_in(team, "ada" * 5000, "x")[0] == 403


def test_secrets_are_their_owners_alone(team):
    folder = Path(team.folder) / "mlruns" / "team"
    for name in ("secrets.json", "basic_auth.ini"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    kept = json.loads((folder / "secrets.json").read_text())
    assert set(kept) == {"flask", "app"}
    hidden = [ADMIN, kept["app"], kept["flask"], *team.people.values()]
    logs = [path.read_text(errors="replace") for path in folder.glob("*.log")]
    lines = [" ".join(each.cmdline()) for each in psutil.process_iter() if _alive(each)]
    for secret in [*hidden, "p%25%2F%40"]:
        assert not [text for text in logs + lines if secret in text]


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
def of(team, bare_house, monkeypatch):
    """The store as a person has it."""
    monkeypatch.delenv("CONVLAB_AUTHOR")

    def opened(name: str) -> Store:
        for variable, value in team.environment(name).items():
            monkeypatch.setenv(variable, value)
        return Store(settings.current())

    return opened


def test_a_run_carries_who_signed_in_and_others_may_comment_on_it(of):
    store = of("ada")
    run_id = store.create("first", experiment="training", params={}, tags={})
    comments.say(store, run_id, "look at *this*")
    assert store.run(run_id).tags["mlflow.user"] == "ada"
    store.put(run_id, "a/x.png", b"picture")
    store = of("bob")
    comments.say(store, run_id, " I do \n")
    comments.say(store, run_id, " ")
    said = comments.comments(store.run(run_id))
    assert [(each.author, each.text) for each in said] == [
        ("ada", "look at *this*"),
        ("bob", "I do"),
    ]
    assert store.get(run_id, "a/x.png") == b"picture"
    with pytest.raises(ConvcoreError, match="2,001 characters"):
        comments.say(store, run_id, "x" * 2001)


def test_the_app_deletes_for_everybody_and_a_script_only_its_own(team, of):
    store = of("ada")
    run_id = store.create("first", experiment="training", params={}, tags={})
    with pytest.raises(StoreError, match="not for this account"):
        store.delete(run_id)
    kept = json.loads((Path(team.folder) / "mlruns" / "team" / "secrets.json").read_text())
    team.people["convlab"] = kept["app"]
    store = of("convlab")
    store.delete(run_id)
    store.restore(run_id)
    store = of("ada")
    own = store.create("own", experiment="ada's", params={}, tags={})
    store.delete(own)


def test_a_wrong_password_is_told_and_nothing_that_waits_is_given_up(of, monkeypatch):
    store = of("ada")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "not the password")
    with pytest.raises(StoreError, match="MLFLOW_TRACKING_PASSWORD") as refused:
        store.runs()
    assert not refused.value.permanent


def test_people_come_and_go(team, of, monkeypatch):
    of("ada")
    with pytest.raises(ConvcoreError, match="CONVLAB_TEAM_ADMIN_PASSWORD"):
        change_people(settings.team(), "eve", lambda line: "not the password")
    monkeypatch.setenv("CONVLAB_TEAM_ADMIN_PASSWORD", ADMIN)
    passwords = [
        change_people(settings.team(), "eve", lambda line: "").split()[-1] for _ in range(2)
    ]
    known = [accounts.holds(team.server, Account("eve", password)) for password in passwords]
    assert known == [False, True]
    change_people(settings.team(), "eve", lambda line: "", remove=True)
    assert not accounts.holds(team.server, Account("eve", passwords[1]))
    with pytest.raises(ConvcoreError, match="eve"):
        change_people(settings.team(), "eve", lambda line: "", remove=True)


def test_an_app_does_not_join_with_a_password_that_is_wrong(of, monkeypatch):
    of("ada")
    monkeypatch.setenv("CONVLAB_TEAM_PORT", str(free_port()))
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "not the password")
    with pytest.raises(ConvcoreError, match="does not know ada"):
        serve(settings.team(), print)


def test_a_port_in_use_is_told_with_the_variable(team, bare_house, monkeypatch):
    monkeypatch.setenv("CONVLAB_TEAM_MLFLOW_PORT", team.server.rpartition(":")[2])
    with pytest.raises(ConvcoreError, match="CONVLAB_TEAM_MLFLOW_PORT"):
        serve(settings.team(), print)


def test_only_who_opens_it_to_a_network_is_reached_by_its_names(bare_house, monkeypatch):
    assert hosts(settings.team()) == ["127.0.0.1", "localhost"]
    monkeypatch.setenv("CONVLAB_TEAM_HOST", "0.0.0.0")
    monkeypatch.setenv("CONVLAB_TEAM_NAMES", "lab.example.org, lab")
    found = settings.team()
    assert found.open
    assert found.reach == "127.0.0.1"
    assert {"lab.example.org", "lab", os.uname().nodename} <= set(hosts(found))


def test_team_mode_needs_a_server_or_none(bare_house, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///x.db")
    with pytest.raises(ConvcoreError, match="CONVLAB_TEAM_STORE"):
        settings.team()
