"""One team for all tests that need one: PostgreSQL, MLflow with accounts, the app behind its gate.

It takes half a minute to start, so that test processes side by side share it; the last one ends it.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
from filelock import FileLock

from lab import accounts
from lab.accounts import Account
from lab.settings import PROJECT

ADMIN = "an unlikely password"
_started_here: list[subprocess.Popen] = []  # kept, so that the ended ones are seen to have ended
_OF_POSTGRES = "p%/@ word"  # has to be quoted in an address, and again in MLflow's settings


@dataclass(frozen=True)
class Team:
    """What runs, and who may sign in."""

    app: str
    server: str
    database: str  # "" where there is no PostgreSQL; SQLite then
    folder: str
    people: dict[str, str]  # and their passwords
    processes: list[int]

    def environment(self, name: str) -> dict[str, str]:
        """What speaks to the server as `name`."""
        return {
            "MLFLOW_TRACKING_URI": self.server,
            "MLFLOW_TRACKING_USERNAME": name,
            "MLFLOW_TRACKING_PASSWORD": self.people[name],
        }


@contextmanager
def shared_team(place: Path) -> Iterator[Team]:
    """The team that lives in `place`, started by whoever comes first."""
    told, users = place / "team.json", place / "team.users"
    with FileLock(place / "team.lock"):
        if not told.exists():
            told.write_text(json.dumps(asdict(_started())))
        team = Team(**json.loads(told.read_text()))
        users.mkdir(exist_ok=True)
        (users / str(os.getpid())).touch()
    try:
        yield team
    finally:
        with FileLock(place / "team.lock"):
            (users / str(os.getpid())).unlink()
            if not any(users.iterdir()):
                told.unlink()
                _end(team.processes)
                shutil.rmtree(team.folder)


def begin(log: Path, environment: Mapping[str, str]) -> subprocess.Popen:
    """Start `python -m lab team` and wait until it says that it serves."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab", "team"],
            cwd=PROJECT,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started_here.append(process)
    deadline = time.monotonic() + 150
    while "A new person" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    return process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _started() -> Team:
    folder = Path(tempfile.mkdtemp(prefix="convlab-team-"))  # where another user may look in
    folder.chmod(0o755)
    try:
        return _serving(folder)
    except BaseException:
        _end([process.pid for process in _started_here])
        raise


def _serving(folder: Path) -> Team:
    database = _postgresql(folder)
    app, mlflow = free_port(), free_port()
    environment = {
        "CONVLAB_DATA": str(folder / "data"),
        "CONVLAB_CACHE": str(folder / "cache"),
        "CONVLAB_MLRUNS": str(folder / "mlruns"),
        "CONVLAB_TEAM_PORT": str(app),
        "CONVLAB_TEAM_MLFLOW_PORT": str(mlflow),
        "CONVLAB_TEAM_STORE": database,
        "CONVLAB_TEAM_ADMIN_PASSWORD": ADMIN,
        "MLFLOW_TRACKING_URI": "",
    }
    begin(folder / "team.log", environment)
    server = f"http://127.0.0.1:{mlflow}"
    people = {name: secrets.token_urlsafe(12) for name in ("ada", "bob")}
    for name, password in people.items():
        accounts.put(server, Account("admin", ADMIN), Account(name, password))
    url = f"http://127.0.0.1:{app}"
    processes = [process.pid for process in _started_here]
    return Team(url, server, database, str(folder), people, processes)


def _postgresql(folder: Path) -> str:
    """Start a PostgreSQL and return its address, empty where it is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))  # Debian's, not on PATH
    initdb = str(installed[-1]) if installed else shutil.which("initdb")
    if initdb is None:
        return ""
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    data, password = folder / "postgresql", folder / "password"
    data.mkdir()
    password.write_text(_OF_POSTGRES)
    if user:
        shutil.chown(data, user)
    make = [initdb, "-D", data, "-U", "team", "-A", "scram-sha-256", "--pwfile", password]
    make += ["--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run(make, user=user, check=True, capture_output=True, cwd="/")
    port = free_port()
    command = [Path(initdb).with_name("postgres"), "-D", data, "-p", str(port), "-k", data]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (folder / "postgresql.log").open("wb") as log:
        process = subprocess.Popen(
            command, user=user, stdout=log, stderr=log, cwd="/", start_new_session=True
        )
    _started_here.append(process)
    address = f"postgresql://team:{quote(_OF_POSTGRES, safe='')}@127.0.0.1:{port}/postgres"
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg2.connect(address).close()
        except psycopg2.OperationalError:
            assert time.monotonic() < deadline, (folder / "postgresql.log").read_text()
            time.sleep(0.1)
        else:
            return address


def _end(processes: list[int]) -> None:
    """End what was started, the last one first, as Ctrl-C does."""
    for pid in reversed(processes):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + 30
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                assert time.monotonic() < deadline, f"{process} does not end"
                time.sleep(0.1)
    for process in _started_here:
        process.wait()
