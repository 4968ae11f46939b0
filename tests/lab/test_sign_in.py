import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from convcore.errors import ConvcoreError
from lab import accounts
from lab.accounts import Account, NoAnswerError
from lab.sign_in import Attempts, People, RefusedError
from lab.widgets.gate import Gate, _inside
from lab.widgets.sign_in import COOKIE, let_in

ADA = Account("ada", "a long password")


class Clock:
    """Seconds that pass when told."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(monkeypatch) -> list[Account]:
    """The accounts of a server that is not there."""
    found = [ADA]
    monkeypatch.setattr(accounts, "holds", lambda server, account: account in found)
    return found


@pytest.fixture
def people(clock, known) -> People:
    return People("http://nowhere", clock)


def settle(people: People, token: str) -> None:
    """Wait for the thread that asks again."""
    with people._sessions[token].asking:
        pass


def test_a_token_is_somebodys_until_they_sign_out(people):
    token = people.sign_in(ADA, "1.2.3.4")
    assert people.person(token) == "ada"
    assert people.person("") is None
    people.sign_out(token)
    assert people.person(token) is None


def test_a_day_without_a_look_signs_out(people, clock):
    token = people.sign_in(ADA, "1.2.3.4")
    clock.seconds += 24 * 3600
    assert people.person(token) is None


def test_a_removed_account_is_out_within_a_minute(people, clock, known):
    token = people.sign_in(ADA, "1.2.3.4")
    known.clear()
    clock.seconds += 61
    session = people._sessions[token]
    people.person(token)
    with session.asking:
        assert people.person(token) is None


def test_an_outage_signs_nobody_out(people, clock, monkeypatch):
    def away(server, account):
        raise NoAnswerError("away")

    token = people.sign_in(ADA, "1.2.3.4")
    monkeypatch.setattr(accounts, "holds", away)
    clock.seconds += 61
    people.person(token)
    settle(people, token)
    assert people.person(token) == "ada"
    for _ in range(20):  # nor does it count as guessing
        with pytest.raises(NoAnswerError):
            people.sign_in(ADA, "1.2.3.4")


def test_guessing_is_slowed_down_for_the_guesser_alone(people, clock):
    for _ in range(5):
        with pytest.raises(RefusedError, match="no such name"):
            people.sign_in(Account("ada", "a guess at it"), "6.6.6.6")
    with pytest.raises(RefusedError, match=r"Too many attempts\. Try again in 5 min"):
        people.sign_in(ADA, "6.6.6.6")
    assert people.sign_in(ADA, "1.2.3.4")
    clock.seconds += 301
    assert people.sign_in(ADA, "6.6.6.6")


def test_many_names_from_one_address_are_slowed_down_too(clock):
    attempts = Attempts(clock)
    for number in range(30):
        attempts.begin(f"name {number}", "6.6.6.6")
    with pytest.raises(RefusedError):
        attempts.begin("one more", "6.6.6.6")
    attempts.begin("one more", "1.2.3.4")


def test_who_gets_it_right_has_guessed_nothing(people):
    for _ in range(40):
        people.sign_in(ADA, "1.2.3.4")


@pytest.mark.parametrize("name", ["", "a:b", "a\nb"])
def test_a_name_that_basic_auth_cannot_carry_is_nobodys(name):
    assert not accounts.holds("http://127.0.0.1:9", Account(name, "a long password"))
    with pytest.raises(ConvcoreError, match="has no colon"):
        accounts.put("http://127.0.0.1:9", ADA, Account(name, "a long password"))


def test_a_short_password_and_a_server_that_is_away_are_told():
    with pytest.raises(ConvcoreError, match="at least 12 characters"):
        accounts.put("http://127.0.0.1:9", ADA, Account("bob", "short"))
    with pytest.raises(NoAnswerError, match="does not answer"):
        accounts.holds("http://127.0.0.1:9", ADA)


@pytest.mark.parametrize(
    ("place", "result"),
    [
        ("/runs?run=a%20b&x=[1]", "/runs?run=a%20b&x=%5B1%5D"),
        ("", "/"),
        ("runs", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(place, result):
    assert _inside(place) == result


@pytest.mark.parametrize(
    ("email", "listed", "may"),
    [
        ("ada@example.org", ("ada@example.org",), True),
        ("Ada@Example.org", ("ada@example.org",), True),
        ("ada@example.org", ("@example.org",), True),
        ("ada@example.org", ("*",), True),
        ("ada@example.org", (), False),
        ("ada@example.org", ("example.org", "ada"), False),
        ("ada@evil.example.org", ("@example.org",), False),
        ("ada@example.org.evil", ("@example.org",), False),
        ("", ("*",), False),
        ("ada", ("*",), False),
    ],
)
def test_a_provider_lets_in_whom_the_team_lists(email, listed, may):
    assert let_in(email, listed) == may


class Inner:
    """An app that greets, and goes on talking on a connection."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, scope, receive, send) -> None:
        self.heard.append(scope["type"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "one"})
            self.heard.append((await receive())["type"])
            await send({"type": "websocket.send", "text": "two"})
            await send({"type": "websocket.send", "text": "three"})


def through(gate: Gate, kind: str, token: str, between=lambda: None) -> list[dict]:
    """What a client gets: a request, or a connection on which it says one thing."""
    got: list[dict] = []

    async def receive():
        between()
        return {"type": "websocket.receive", "text": "hello"}

    async def send(message):
        got.append(message)

    headers = [(b"cookie", f"{COOKIE}={token}".encode())]
    scope = {"type": kind, "path": "/_stcore/stream", "headers": headers, "method": "GET"}
    scope |= {"query_string": b"", "scheme": "http", "server": ("testserver", 80), "client": None}
    with ThreadPoolExecutor() as beside:  # here may be the loop of a browser
        beside.submit(asyncio.run, gate(scope, receive, send)).result()
    return got


def test_a_connection_is_refused_before_it_is_accepted(people):
    inner = Inner()
    got = through(Gate(inner, people), "websocket", "a guess")
    assert got == [{"type": "websocket.close", "code": 1008}]
    assert through(Gate(inner, people), "http", "")[0]["status"] == 401
    assert not inner.heard


def test_a_connection_is_cut_when_its_person_signs_out(people):
    inner, token = Inner(), people.sign_in(ADA, "1.2.3.4")
    got = through(Gate(inner, people), "websocket", token, lambda: people.sign_out(token))
    assert [message["type"] for message in got] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert inner.heard == ["websocket", "websocket.disconnect"]


def test_a_connection_of_somebody_signed_in_is_left_alone(people):
    token = people.sign_in(ADA, "1.2.3.4")
    got = through(Gate(Inner(), people), "websocket", token)
    assert [message.get("text") for message in got] == [None, "one", "two", "three"]
