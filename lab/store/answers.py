"""What MLflow answers, in words for people."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from lab.records import StoreError
from lab.settings import without_secrets

# What no second try will mend; anything else is an outage.
_PERMANENT = {
    "RESOURCE_DOES_NOT_EXIST",
    "RESOURCE_ALREADY_EXISTS",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "BAD_REQUEST",
    "PERMISSION_DENIED",
}

_DAMAGED = ("disk image is malformed", "file is not a database")  # SQLite's words


@contextmanager
def speaking(uri: str) -> Iterator[None]:
    """Turn what MLflow raises into StoreError."""
    try:
        yield
    # A damaged database is not told in MLflow's words.
    except (MlflowException, OSError, SQLAlchemyError, sqlite3.Error) as error:
        raise _explained(error, without_secrets(uri)) from error


def _explained(error: Exception, uri: str) -> StoreError:
    """Return what a person can do about `error`."""
    if getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in str(error):
        return StoreError("The disk is full. Make room, then try again.", permanent=False)
    if any(hint in str(error) for hint in _DAMAGED):
        return StoreError(
            f"The database {uri} is damaged. `python -m lab doctor` tells what can be done.",
            permanent=False,
        )
    if isinstance(error, MlflowException) and error.error_code == "UNAUTHENTICATED":
        return StoreError(
            f"The MLflow server at {uri} does not know us. Check MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD.",
            permanent=False,  # what waits to be sent stays until they are right
        )
    if isinstance(error, MlflowException) and error.error_code == "PERMISSION_DENIED":
        # A server with accounts does not tell the two apart.
        said = "MLflow refused: not found, or not for this account to see or to change."
        return StoreError(said, permanent=True)
    if isinstance(error, MlflowException) and error.error_code in _PERMANENT:
        return StoreError(f"MLflow refused: {error.message}", permanent=True)
    return StoreError(
        f"The MLflow store at {uri} does not answer. Check that it runs and that "
        "MLFLOW_TRACKING_URI is right, then try again.",
        permanent=False,
    )
