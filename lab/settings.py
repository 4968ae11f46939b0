"""Where things live. Every environment variable of the project is read here."""

import getpass
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from convcore.errors import ConvcoreError

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The places and habits of this machine."""

    data_root: Path  # CONVLAB_DATA: CIFAR-10 and picture folders
    cache: Path  # CONVLAB_CACHE: decoded pictures; may be deleted at any time
    mlruns: Path  # CONVLAB_MLRUNS: the embedded store, logs, queue and outbox
    tracking_uri: str  # MLFLOW_TRACKING_URI: the embedded store, or an MLflow server
    mlflow_pages: str  # CONVLAB_MLFLOW_PAGES: where browsers find MLflow's own pages; "" if nowhere
    author: str  # CONVLAB_AUTHOR, else MLFLOW_TRACKING_USERNAME: whose name runs carry
    parallel: int  # CONVLAB_PARALLEL: trainings at a time on this machine
    host: str
    metric_names: tuple[tuple[str, str], ...] = ()  # CONVLAB_METRIC_NAMES: of foreign runs

    @property
    def shown_uri(self) -> str:
        """Return `tracking_uri` as pages and messages may show it."""
        return without_secrets(self.tracking_uri)

    @property
    def embedded(self) -> bool:
        """Return whether runs live in this machine's own SQLite file."""
        return self.tracking_uri == embedded_uri(self.mlruns)


@dataclass(frozen=True)
class Team:
    """What `make team` serves, where, and to whom."""

    folder: Path  # mlruns/team: accounts, secrets, and by default runs and artifacts
    host: str  # CONVLAB_TEAM_HOST: the address to listen on; 0.0.0.0 is every network
    port: int  # CONVLAB_TEAM_PORT: the app's
    mlflow_port: int  # CONVLAB_TEAM_MLFLOW_PORT: MLflow's
    names: tuple[str, ...]  # CONVLAB_TEAM_NAMES: what browsers call this machine
    pages: str  # CONVLAB_MLFLOW_PAGES: MLflow's address for browsers
    server: str  # MLFLOW_TRACKING_URI: a server that runs already; none is started then
    account: str  # MLFLOW_TRACKING_USERNAME, and
    password: str  # MLFLOW_TRACKING_PASSWORD: what the app signs in with there
    store: str  # CONVLAB_TEAM_STORE: SQLite in the folder, or postgresql://…
    artifacts: str  # CONVLAB_TEAM_ARTIFACTS: a folder, or s3://…
    admin_password: str  # CONVLAB_TEAM_ADMIN_PASSWORD: the first administrator's

    @property
    def reach(self) -> str:
        """Return the host under which this machine reaches what listens on `host`."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host

    @property
    def open(self) -> bool:
        """Return whether other machines can reach it."""
        return self.host not in ("127.0.0.1", "localhost", "::1")


def without_secrets(address: str) -> str:
    """Return an address without the account, the password and the options that it may hold."""
    return re.sub(r"(?<=://)[^:/@]*(:[^@]*)?@|\?.*", "", address)


def embedded_uri(mlruns: Path) -> str:
    """Return the address of the SQLite store inside `mlruns`."""
    return f"sqlite:///{mlruns / 'mlflow.db'}"


def current() -> Settings:
    """Return the settings that the environment gives now.

    Raises:
        ConvcoreError: a variable does not hold what it should.
    """
    mlruns = _path("CONVLAB_MLRUNS", "mlruns")
    uri = _server() or embedded_uri(mlruns)
    return Settings(
        data_root=_path("CONVLAB_DATA", "data"),
        cache=_path("CONVLAB_CACHE", ".cache"),
        mlruns=mlruns,
        tracking_uri=uri,
        mlflow_pages=os.environ.get("CONVLAB_MLFLOW_PAGES") or (uri if "http" in uri[:4] else ""),
        author=os.environ.get("CONVLAB_AUTHOR") or _account() or _login(),
        parallel=_count("CONVLAB_PARALLEL", 1),
        host=socket.gethostname(),
        metric_names=_pairs("CONVLAB_METRIC_NAMES"),
    )


def team() -> Team:
    """Return what the environment says of team mode.

    Raises:
        ConvcoreError: a variable does not hold what it should.
    """
    folder = _path("CONVLAB_MLRUNS", "mlruns") / "team"
    host = os.environ.get("CONVLAB_TEAM_HOST") or "127.0.0.1"
    mlflow_port = _count("CONVLAB_TEAM_MLFLOW_PORT", 5000)
    server = _server()
    if server and not server.startswith(("http://", "https://")):
        raise ConvcoreError(
            f"MLFLOW_TRACKING_URI={without_secrets(server)!r} is no MLflow server. Unset it and "
            "let CONVLAB_TEAM_STORE name the database, or give the address of a server (http://…)."
        )
    return Team(
        folder=folder,
        host=host,
        port=_count("CONVLAB_TEAM_PORT", 8501),
        mlflow_port=mlflow_port,
        names=_list("CONVLAB_TEAM_NAMES"),
        pages=os.environ.get("CONVLAB_MLFLOW_PAGES", ""),
        server=server,
        account=os.environ.get("MLFLOW_TRACKING_USERNAME", ""),
        password=os.environ.get("MLFLOW_TRACKING_PASSWORD", ""),
        store=os.environ.get("CONVLAB_TEAM_STORE") or embedded_uri(folder),
        artifacts=os.environ.get("CONVLAB_TEAM_ARTIFACTS") or (folder / "artifacts").as_uri(),
        admin_password=os.environ.get("CONVLAB_TEAM_ADMIN_PASSWORD", ""),
    )


def people() -> tuple[str, ...]:
    """Return CONVLAB_TEAM_PEOPLE: whom of those that an identity provider knows to let in."""
    return _list("CONVLAB_TEAM_PEOPLE")


def _server() -> str:
    """Return MLFLOW_TRACKING_URI; that of a server is shown in links, so it holds no password."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if uri.startswith("http") and without_secrets(uri) != uri:
        raise ConvcoreError(
            f"MLFLOW_TRACKING_URI must be an address alone, {without_secrets(uri)}. Give the "
            "account in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD."
        )
    return uri


def _path(variable: str, default: str) -> Path:
    """Return the folder that `variable` names, by default one inside the project."""
    return (PROJECT / Path(os.environ.get(variable) or default).expanduser()).resolve()


def _count(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise ConvcoreError(f"{variable}={text!r} must be a whole number of at least 1.")
    return int(text)


def _list(variable: str) -> tuple[str, ...]:
    """Return what stands between the commas."""
    parts = os.environ.get(variable, "").split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _pairs(variable: str) -> tuple[tuple[str, str], ...]:
    """Return what stands between the commas, each as the two sides of its `=`."""
    pairs = [part.partition("=") for part in _list(variable)]
    if not all(left and right for left, _, right in pairs):
        raise ConvcoreError(
            f"{variable}={os.environ[variable]!r} must hold pairs such as nll/val=validation_loss, "
            "with commas between them."
        )
    return tuple((left.strip(), right.strip()) for left, _, right in pairs)


def _account() -> str:
    """Return the account on an MLflow server, where it is given by variable."""
    served = os.environ.get("MLFLOW_TRACKING_URI", "").startswith("http")
    return os.environ.get("MLFLOW_TRACKING_USERNAME", "") if served else ""


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return "unknown"
