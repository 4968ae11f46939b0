"""Passwords, paths and formulas: what must not reach a page, a file or a command line."""

import io
import zipfile
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import archive, jobs, settings
from lab.mlflow_pages import command
from lab.report import report
from lab.settings import without_secrets
from lab.store import Store
from lab.widgets.runs.sharing import _unlike_a_formula
from tests.lab.test_jobs import ended

SECRET = "s3cret-of-the-tests"


@pytest.fixture
def store(house) -> Store:
    return Store(house)


ADDRESSES = [
    ("postgresql://u:p%2Fw@db.example/x?sslpassword=s", "postgresql://db.example/x"),
    ("postgresql://u:a:b/c@db.example/x", "postgresql://db.example/x"),
    ("mysql+pymysql://u@db.example/x", "mysql+pymysql://db.example/x"),
    ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ("https://u:p@mlflow.example.org/base", "https://mlflow.example.org/base"),
    ("sqlite:////home/a@b:c/mlflow.db", "sqlite:////home/a@b:c/mlflow.db"),
]


@pytest.mark.parametrize(("address", "shown"), ADDRESSES)
def test_an_address_is_shown_without_its_password(address, shown):
    assert without_secrets(address) == shown


@pytest.mark.parametrize("read", [settings.current, settings.team])
def test_an_address_of_a_server_that_holds_a_password_is_refused(bare_house, monkeypatch, read):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"https://ada:{SECRET}@mlflow.example.org")
    with pytest.raises(ConvcoreError, match="MLFLOW_TRACKING_PASSWORD") as refusal:
        read()
    assert SECRET not in str(refusal.value)


def test_a_database_that_is_none_for_a_team_is_named_without_its_password(bare_house, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql://ada:{SECRET}@db.example/x")
    with pytest.raises(ConvcoreError, match=r"postgresql://db\.example/x") as refusal:
        settings.team()
    assert SECRET not in str(refusal.value)


def test_no_password_is_on_the_command_line_of_mlflows_pages(house):
    uri = f"postgresql://ada:{SECRET}@db.example/x"
    words, environment = command(replace(house, tracking_uri=uri), 5000)
    assert SECRET not in " ".join(words)
    assert environment["MLFLOW_BACKEND_STORE_URI"] == uri


def test_a_training_keeps_no_secret_of_its_environment(store, monkeypatch):
    for variable in ("MLFLOW_TRACKING_PASSWORD", "CONVLAB_TEAM_ADMIN_PASSWORD", "ANY_TOKEN"):
        monkeypatch.setenv(variable, SECRET)
    config = TrainConfig(data="digits", epochs=1, subset=200, channels=4)
    run = ended(store, jobs.start(store, config))
    assert run.status == "FINISHED"
    with zipfile.ZipFile(io.BytesIO(archive.export(store, run.run_id))) as packed:
        kept = [packed.read(name) for name in packed.namelist()]
    kept += [path.read_bytes() for path in store.settings.mlruns.rglob("*") if path.is_file()]
    kept.append(report(store, [run.run_id]))
    assert len(kept) > 20
    assert not [content for content in kept if SECRET.encode() in content]


def test_a_page_that_fails_tells_the_browser_neither_why_nor_where():
    app = AppTest.from_string("raise ValueError('/srv/secret')").run()
    (shown,) = app.exception
    assert "redacted" in shown.value
    assert "/srv" not in shown.value + shown.message
    assert not list(shown.stack_trace)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-0.5", "-0.5"),
        ("+1e-3", "+1e-3"),
        (-0.5, -0.5),
        ("a=1", "a=1"),
        (None, None),
    ],
)
def test_a_table_for_spreadsheets_holds_no_formula(cell, written):
    assert _unlike_a_formula(cell) == written
