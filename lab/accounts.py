"""The accounts of an MLflow server with basic auth: the one list of people."""

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from convcore.errors import ConvcoreError

_PATIENCE = 10  # seconds
_LEAST = 12  # characters of a password: MLflow's own rule


@dataclass(frozen=True)
class Account:
    """Who somebody says to be."""

    name: str
    password: str


class NoAnswerError(ConvcoreError):
    """The server did not say yes or no."""


def holds(server: str, account: Account) -> bool:
    """Return whether the server knows the account and its password.

    Raises:
        NoAnswerError: the server is away, or has no accounts.
    """
    if not _speakable(account.name):
        return False
    status, answer = _asked(server, "GET", "users/current", account)
    if status == 401:
        return False
    if status == 200 and answer.get("user", {}).get("username") == account.name:
        return True
    raise NoAnswerError(
        f"The MLflow server at {server} has no accounts to ask (it answered {status}). "
        "Start it with `make team`."
    )


def put(server: str, admin: Account, account: Account) -> None:
    """Make the account, or give it this password where it is there, as the administrator.

    Raises:
        ConvcoreError: it cannot be, or `admin` may not.
    """
    if len(account.password) < _LEAST or not _speakable(account.name):
        raise ConvcoreError(
            f"The account {account.name!r} cannot be: a name is not empty and has no colon, a "
            f"password has at least {_LEAST} characters. Choose others."
        )
    body = {"username": account.name, "password": account.password}
    status, answer = _asked(server, "POST", "users/create", admin, body)
    if answer.get("error_code") == "RESOURCE_ALREADY_EXISTS":
        status, answer = _asked(server, "PATCH", "users/update-password", admin, body)
    _check(status, answer, admin)


def remove(server: str, admin: Account, name: str) -> None:
    """Delete the account, as the administrator.

    Raises:
        ConvcoreError: there is none, or `admin` may not.
    """
    _check(*_asked(server, "DELETE", "users/delete", admin, {"username": name}), admin)


def make_experiment(server: str, account: Account, name: str) -> None:
    """Make the experiment where there is none: whoever does may delete runs in it."""
    status, answer = _asked(server, "POST", "experiments/create", account, {"name": name})
    if answer.get("error_code") != "RESOURCE_ALREADY_EXISTS":
        _check(status, answer, account)


def _speakable(name: str) -> bool:
    """Return whether basic auth can carry the name."""
    return bool(name) and name.isprintable() and ":" not in name


def _check(status: int, answer: dict, admin: Account) -> None:
    if status == 200:
        return
    if status in (401, 403):
        raise ConvcoreError(
            f"The MLflow server does not take {admin.name} for an administrator. Give the "
            "administrator's password in CONVLAB_TEAM_ADMIN_PASSWORD."
        )
    raise ConvcoreError(f"The MLflow server refused: {answer.get('message', status)}")


def _asked(
    server: str, method: str, call: str, account: Account, body: dict[str, str] | None = None
) -> tuple[int, dict]:
    """Return the status and the JSON that the server answers with."""
    pair = base64.b64encode(f"{account.name}:{account.password}".encode()).decode()
    request = urllib.request.Request(
        f"{server.rstrip('/')}/api/2.0/mlflow/{call}",
        data=json.dumps(body).encode() if body else None,
        method=method,
        headers={"Authorization": f"Basic {pair}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as response:
            return response.status, _json(response.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, _json(refusal.read())
    except (urllib.error.URLError, OSError) as error:
        raise NoAnswerError(
            f"The MLflow server at {server} does not answer. Check that it runs."
        ) from error


def _json(content: bytes) -> dict:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
