"""Who reaches the servers: this machine, pages of ours, people with a token."""

import http.client
import os
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import streamlit as st

from lab import mlflow_pages
from lab.settings import PROJECT, embedded_uri
from lab.store import Store
from tests.lab.test_team import sign_in
from tests.team import free_port


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def listening(process: psutil.Process) -> set[tuple[str, int]]:
    """The addresses on which a process and its children take connections."""
    tree = [process, *process.children(recursive=True)]
    return {
        (each.laddr.ip, each.laddr.port)
        for one in tree
        for each in one.net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    }


def answer(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """The status and the body; `Host` and the path go out as they are given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        got = connection.getresponse()
        return got.status, b"" if got.status == 101 else got.read()
    finally:
        connection.close()


def handshake(port: int, host: str, origin: str, **headers: str) -> int:
    """The status of an attempt at the live connection of a page."""
    asked = {"Host": host, "Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
    asked |= {"Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw=="}
    return answer(port, "/_stcore/stream", **asked, Sec_WebSocket_Protocol="streamlit", **headers)[
        0
    ]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[int, psutil.Process]]:
    """The app as `make run` starts it."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    environment = os.environ | {
        f"CONVLAB_{n}": str(folder / n) for n in ("DATA", "CACHE", "MLRUNS")
    }
    environment.pop("STREAMLIT_SERVER_ADDRESS", None)
    words = [sys.executable, "-m", "lab", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=PROJECT, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def test_the_app_listens_on_this_machine_alone(served):
    port, process = served
    assert listening(process) == {("127.0.0.1", port)}


def test_the_live_connection_is_for_pages_of_ours(served):
    port, _ = served
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert handshake(port, host, f"http://{host}") == 101
        assert handshake(port, host, "http://evil.example") == 403
        assert handshake(port, host, "null") == 403
    # A page whose name its owner leads to this machine.
    assert handshake(port, f"evil.example:{port}", f"http://evil.example:{port}") == 403


def test_uploads_and_programs_are_refused_without_a_token(served):
    port, _ = served
    status, _ = answer(port, "/_stcore/upload_file/a/b", "PUT", Origin="http://evil.example")
    assert status == 403
    assert answer(port, "/_stcore/agent/interact", "POST")[0] in (403, 404)
    assert st.get_option("server.maxUploadSize") == 200
    assert st.get_option("server.enableXsrfProtection")
    assert st.get_option("server.enableCORS")


@pytest.mark.parametrize(
    "path",
    [
        "/app/static/../app.py", "/app/static/..%2fapp.py", "/app/static/%2e%2e/app.py",
        "/media/../app.py", "/static/..%2f..%2fapp.py", "/app/static/%2fetc%2fpasswd",
        "//etc/passwd", "/mlruns/mlflow.db", "/.streamlit/config.toml", "/component/../app.py",
        "/_stcore/bidi-components/..%2f..%2fapp.py", "/app/static/..\\app.py",
    ],
)  # fmt: skip
def test_no_file_of_the_machine_is_served(served, path):
    status, body = answer(served[0], path)
    assert b"framed_page" not in body
    assert b"root:" not in body
    assert b"toolbarMode" not in body
    assert not body.startswith(b"SQLite")
    assert status in (400, 403, 404) or b"<!doctype html>" in body.lower()


def test_mlflows_pages_listen_here_alone_and_know_their_names(store, monkeypatch):
    monkeypatch.setattr(mlflow_pages, "_started", {})
    port = int(mlflow_pages.start(store.settings).rpartition(":")[2])
    process, _ = mlflow_pages._started[store.settings.tracking_uri]
    try:
        own = psutil.Process(process.pid)
        assert listening(own) == {("127.0.0.1", port)}
        lines = [" ".join(each.cmdline()) for each in (own, *own.children(recursive=True))]
        assert not [line for line in lines if embedded_uri(store.settings.mlruns) in line]
        search = "/api/2.0/mlflow/experiments/search?max_results=9"
        assert answer(port, search)[0] == 200
        assert answer(port, search, Host="evil.example")[0] == 403
        create = "/api/2.0/mlflow/experiments/create"
        assert answer(port, create, "POST", Origin="http://evil.example")[0] == 403
    finally:
        mlflow_pages._end(process)
        process.wait(30)


def test_a_team_is_on_this_machine_alone_and_its_connection_is_no_other_pages(team):
    ports = {int(url.rpartition(":")[2]) for url in (team.app, team.server)}
    found = set().union(*(listening(psutil.Process(pid)) for pid in team.processes))
    assert ports <= {port for _, port in found}
    assert {ip for ip, _ in found} == {"127.0.0.1"}
    _, headers, _ = sign_in(team, "ada", team.people["ada"])
    cookie = headers["set-cookie"].partition(";")[0]
    own, port = team.app.removeprefix("http://"), int(team.app.rpartition(":")[2])
    assert handshake(port, own, team.app, Cookie=cookie) == 101
    assert handshake(port, own, "http://evil.example", Cookie=cookie) == 403
    assert handshake(port, own, team.app) in (401, 403)
    assert stat.S_IMODE((Path(team.folder) / "mlruns" / "team").stat().st_mode) == 0o700
