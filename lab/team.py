"""Team mode: an MLflow server with accounts, and the app on top of it, started and watched.

The app speaks to MLflow with one account of its own: a training outlives whoever started it, and
so must what it signs in with. The person's name goes on the run.
"""

import json
import os
import re
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import psutil

from convcore.errors import ConvcoreError
from lab import accounts
from lab.accounts import Account
from lab.parts import Parts, check_port
from lab.records import KEPT, TRAINING
from lab.settings import Team, embedded_uri

ADMIN = "admin"
_APP = "convlab"
_SECRET = ("CONVLAB_TEAM_STORE", "CONVLAB_TEAM_ADMIN_PASSWORD")  # not for the app's environment


def serve(team: Team, tell: Callable[[str], None]) -> int:
    """Run the server and the app until Ctrl-C; return the exit code.

    Args:
        tell: takes what whoever started it should read.

    Raises:
        ConvcoreError: one of them does not start, or ends.
    """
    team.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    check_port(team.host, team.port, "CONVLAB_TEAM_PORT")
    with Parts() as parts:
        server = team.server or _start_mlflow(team, parts, tell)
        if server and not parts.ended.is_set():
            _start_app(team, server, parts, tell)
            parts.watch()
    return 0


def _start_mlflow(team: Team, parts: Parts, tell: Callable[[str], None]) -> str:
    """Return the address of a new server with accounts; nothing if nobody wants it now."""
    check_port(team.host, team.mlflow_port, "CONVLAB_TEAM_MLFLOW_PORT")
    kept, server = _kept(team), f"http://{team.reach}:{team.mlflow_port}"
    command, environment = _mlflow(team, kept)
    log = team.folder / "mlflow.log"
    if not parts.start(command, _bare() | environment, log, f"{server}/health"):
        return ""
    password = _introduce(server, team, kept)
    if password:
        tell(f"The administrator is {ADMIN}, with the password {password}")
        tell("It is shown this once. Keep it safe, or change it on MLflow's pages.")
    return server


def _start_app(team: Team, server: str, parts: Parts, tell: Callable[[str], None]) -> None:
    own = Account(team.account, team.password)
    if not team.server:
        own = Account(_APP, _kept(team)["app"])
    elif own.name and not accounts.holds(server, own):
        raise ConvcoreError(
            f"The MLflow server at {server} does not know {own.name} with this password. "
            "Check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
        )
    environment = {
        "MLFLOW_TRACKING_URI": server,
        "MLFLOW_TRACKING_USERNAME": own.name,
        "MLFLOW_TRACKING_PASSWORD": own.password,
        "CONVLAB_MLFLOW_PAGES": _pages(team, server),
    }
    health = f"http://{team.reach}:{team.port}/_stcore/health"
    log = team.folder / "app.log"
    if parts.start(["lab.widgets.gate"], _bare() | environment, log, health):
        tell(_greet(team, server))


def _bare() -> dict[str, str]:
    """Return the environment without what only this process needs to know."""
    return {name: value for name, value in os.environ.items() if name not in _SECRET}


def hosts(team: Team) -> list[str]:
    """Return the names and addresses under which browsers may ask for this machine.

    Any other Host header is refused: that is how a foreign page would reach in (DNS rebinding).
    """
    own = {"localhost", "127.0.0.1", team.reach, *team.names}
    if team.open:
        own |= {socket.gethostname(), socket.getfqdn()}
        found = psutil.net_if_addrs().values()
        own |= {each.address for group in found for each in group if each.family == socket.AF_INET}
    return sorted(own)


def _kept(team: Team) -> dict[str, str]:
    """Return the secrets of this team, made once; `admin` only until it has been told."""
    path = team.folder / "secrets.json"
    if not path.exists():
        made = {
            "flask": secrets.token_hex(32),
            "app": secrets.token_urlsafe(24),
            "admin": team.admin_password or secrets.token_urlsafe(12),
        }
        _write(path, json.dumps(made))
    return json.loads(path.read_text())


def _write(path: Path, text: str) -> None:
    """Write what only its owner may read."""
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    half.replace(path)


def _mlflow(team: Team, kept: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of the MLflow server.

    The database's address may hold a password, and anyone can read a command line.
    """
    # Of the drivers that SQLAlchemy knows, the one that MLflow is written for.
    store = re.sub("^postgres(ql)?://", "postgresql+psycopg2://", team.store)
    people = store
    if store == embedded_uri(team.folder):
        people = f"sqlite:///{team.folder / 'accounts.db'}"
    config = team.folder / "basic_auth.ini"
    # EDIT: all may comment on and stop each other's runs, and delete only their own.
    _write(
        config,
        "[mlflow]\ndefault_permission = EDIT\n"
        f"database_uri = {people.replace('%', '%%')}\nadmin_username = {ADMIN}\n"
        # A password takes 0.1 s to check; one server process, so that a change counts at once.
        "auth_cache_ttl_seconds = 300\n",
    )
    names = hosts(team)
    command = ["mlflow", "server", "--app-name", "basic-auth", "--workers", "1"]
    command += ["--host", team.host, "--port", str(team.mlflow_port)]
    command += ["--artifacts-destination", team.artifacts]
    command += ["--allowed-hosts", ",".join([*names, *(f"{name}:*" for name in names)])]
    origins = [f"http://{name}:{team.mlflow_port}" for name in names]
    origins += [f"https://{name}" for name in names]
    command += ["--cors-allowed-origins", ",".join(origins)]
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_USERNAME": ADMIN,
        "MLFLOW_BACKEND_STORE_URI": store,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_FLASK_SERVER_SECRET_KEY": kept["flask"],
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # for MLflow's language models; 0.2 GB
    }
    if "admin" in kept:
        environment["MLFLOW_AUTH_ADMIN_PASSWORD"] = kept["admin"]
    return command, environment


def _pages(team: Team, server: str) -> str:
    """Return where browsers find MLflow's own pages."""
    if team.pages or team.server:
        return team.pages or server
    return f"http://{_outside(team)}:{team.mlflow_port}"


def _introduce(server: str, team: Team, kept: dict[str, str]) -> str:
    """Make the app's account where there is none; return the password made for the admin, once."""
    account = Account(_APP, kept["app"])
    if not accounts.holds(server, account):
        password = team.admin_password or kept.get("admin", "")
        accounts.put(server, Account(ADMIN, password), account)
        for experiment in (TRAINING, *KEPT):
            accounts.make_experiment(server, account, experiment)
    if "admin" not in kept:
        return ""
    ours = accounts.holds(server, Account(ADMIN, kept["admin"]))  # else it was there before us
    _write(
        team.folder / "secrets.json", json.dumps({name: kept[name] for name in ("flask", "app")})
    )
    return kept["admin"] if ours and kept["admin"] != team.admin_password else ""


def _greet(team: Team, server: str) -> str:
    lines = [f"Convolution Lab: http://{_outside(team)}:{team.port}"]
    lines += [
        f"MLflow:          {_pages(team, server)}",
        "A new person:    make team-user NAME=ada",
    ]
    if team.open:
        lines.append(
            "Other machines can reach this one, and what passes is not encrypted: put a proxy "
            "with a certificate before it (docs/team.md)."
        )
    return "\n".join(lines)


def _outside(team: Team) -> str:
    """Return what browsers call this machine."""
    return next(iter(team.names), socket.gethostname()) if team.open else team.host


def change_people(team: Team, name: str, ask: Callable[[str], str], *, remove: bool = False) -> str:
    """Return what has been done: the account made, given a new password, or removed.

    Args:
        ask: returns the administrator's password, asked for with the line it is given.

    Raises:
        ConvcoreError: the server does not answer, or does not take the password.
    """
    server = team.server or f"http://{team.reach}:{team.mlflow_port}"
    password = team.admin_password or ask(f"Password of {ADMIN} on {server}: ")
    admin = Account(ADMIN, password)
    if remove:
        accounts.remove(server, admin, name)
        return f"{name} can no longer sign in."
    account = Account(name, secrets.token_urlsafe(12))
    accounts.put(server, admin, account)
    return f"{name} signs in with the password {account.password}"
