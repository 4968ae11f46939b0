"""Where things live. Every environment variable of the project is read here."""

import getpass
import os
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
    author: str  # CONVLAB_AUTHOR: whose name runs carry
    parallel: int  # CONVLAB_PARALLEL: trainings at a time on this machine
    host: str

    @property
    def embedded(self) -> bool:
        """Return whether runs live in this machine's own SQLite file."""
        return self.tracking_uri == embedded_uri(self.mlruns)


def embedded_uri(mlruns: Path) -> str:
    """Return the address of the SQLite store inside `mlruns`."""
    return f"sqlite:///{mlruns / 'mlflow.db'}"


def current() -> Settings:
    """Return the settings that the environment gives now.

    Raises:
        ConvcoreError: a variable does not hold what it should.
    """
    mlruns = _path("CONVLAB_MLRUNS", "mlruns")
    return Settings(
        data_root=_path("CONVLAB_DATA", "data"),
        cache=_path("CONVLAB_CACHE", ".cache"),
        mlruns=mlruns,
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or embedded_uri(mlruns),
        author=os.environ.get("CONVLAB_AUTHOR") or _login(),
        parallel=_count("CONVLAB_PARALLEL", 1),
        host=socket.gethostname(),
    )


def _path(variable: str, default: str) -> Path:
    """Return the folder that `variable` names, by default one inside the project."""
    return (PROJECT / Path(os.environ.get(variable) or default).expanduser()).resolve()


def _count(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise ConvcoreError(f"{variable}={text!r} must be a whole number of at least 1.")
    return int(text)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user database
        return "unknown"
