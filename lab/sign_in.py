"""Who is signed in: kept in this process's memory, by a token that only their browser has.

An account is asked about when somebody signs in, and again every minute that they use the app:
an account that is gone, or has a new password, is out within a minute.
"""

import math
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from convcore.errors import ConvcoreError
from lab import accounts
from lab.accounts import Account

_IDLE = 12 * 3600.0  # seconds without a look until somebody is asked again
_TRUST = 60.0  # seconds that an answer of the server is good for
_WINDOW = 300.0  # seconds in which failures count
_OF_ONE = 5  # failures that one name may have from one address
_OF_ALL = 30  # failures that one address may have


class RefusedError(ConvcoreError):
    """Nobody was signed in."""


@dataclass
class _Session:
    account: Account
    seen: float
    asked: float
    asking: threading.Lock = field(default_factory=threading.Lock)


class Attempts:
    """A small limit on guessing: failures of late, by name and by address."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._failures: dict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def begin(self, name: str, address: str) -> None:
        """Count an attempt as failed until `forgive` says otherwise.

        Raises:
            RefusedError: there were too many.
        """
        with self._lock:
            self._forget()
            for key, most in (((name, address), _OF_ONE), ((address,), _OF_ALL)):
                if len(self._failures.get(key, ())) >= most:
                    minutes = math.ceil((self._failures[key][0] + _WINDOW - self._now()) / 60)
                    raise RefusedError(f"Too many attempts. Try again in {minutes} min.")
            for key in ((name, address), (address,)):
                self._failures[key].append(self._now())

    def forgive(self, name: str, address: str) -> None:
        """Take the last attempt back: it was none of guessing."""
        with self._lock:
            self._failures.pop((name, address), None)
            if self._failures.get((address,)):
                self._failures[(address,)].pop()

    def _forget(self) -> None:
        for key, moments in list(self._failures.items()):
            while moments and moments[0] <= self._now() - _WINDOW:
                moments.popleft()
            if not moments:
                del self._failures[key]


class People:
    """The people who are signed in to this process."""

    def __init__(self, server: str, now: Callable[[], float] = time.monotonic) -> None:
        self._server, self._now = server, now
        self._sessions: dict[str, _Session] = {}
        self._attempts = Attempts(now)

    def sign_in(self, account: Account, address: str) -> str:
        """Return a new token for `account`, which the server was asked about.

        Raises:
            RefusedError: the server does not know it, or there were too many attempts.
            accounts.NoAnswerError: the server cannot be asked.
        """
        self._attempts.begin(account.name, address)
        try:
            known = accounts.holds(self._server, account)
        except accounts.NoAnswerError:
            self._attempts.forgive(account.name, address)
            raise
        if not known:
            raise RefusedError("There is no such name with this password.")
        self._attempts.forgive(account.name, address)
        token, now = secrets.token_urlsafe(32), self._now()
        for old in list(self._sessions):
            self._fresh(old)
        self._sessions[token] = _Session(account, seen=now, asked=now)
        return token

    def sign_out(self, token: str) -> None:
        """Forget the token."""
        self._sessions.pop(token, None)

    def person(self, token: str) -> str | None:
        """Return whose token it is; None if nobody's, or nobody's any longer."""
        session, now = self._fresh(token), self._now()
        if session is None:
            return None
        session.seen = now
        if now - session.asked > _TRUST and session.asking.acquire(blocking=False):
            # Beside the page, which must not wait for a server.
            threading.Thread(target=self._ask_again, args=(token, session), daemon=True).start()
        return session.account.name

    def _fresh(self, token: str) -> _Session | None:
        """Return the session, which ends if nobody has looked for long."""
        session = self._sessions.get(token)
        if session and self._now() - session.seen > _IDLE:
            self.sign_out(token)
            return None
        return session

    def _ask_again(self, token: str, session: _Session) -> None:
        try:
            if not accounts.holds(self._server, session.account):
                self.sign_out(token)
            session.asked = self._now()
        except accounts.NoAnswerError:  # an outage signs nobody out
            session.asked = self._now()
        finally:
            session.asking.release()


people: People | None = None  # of the gate that serves in this process, if one does
