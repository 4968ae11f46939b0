"""The app behind a gate: `python -m lab.widgets.gate`, as `lab.team` starts it.

Who is not signed in gets the sign-in form and nothing else: no page, script, picture, upload or
live connection. The form asks the MLflow server; the browser keeps a token in a cookie that no
script can read, so links, reloads and new tabs stay signed in.
"""

import asyncio
import html
import sys
from urllib.parse import parse_qs, quote, urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convcore.errors import ConvcoreError
from lab import settings, sign_in
from lab.accounts import Account
from lab.components.live_chart import STATIC, provide_plotly
from lab.team import hosts
from lab.widgets.sign_in import COOKIE, by_provider

_OPEN = ("/_stcore/health",)  # says "ok" to whatever watches the server, and nothing else
_MOST = 4096  # bytes of a form
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_FORM = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · Convolution Lab</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
  body {{ max-width: 20rem; margin: 15vh auto; padding: 0 1rem; }}
  label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit; }}
  input {{ margin: 0 0 1rem; padding: .5rem; }}
  button {{ padding: .5rem; color: #fff; background: #0072b2; border: 0; border-radius: .3rem; }}
  [role=alert] {{ border-left: 4px solid #d55e00; padding-left: .75rem; }}
</style>
<h1>{title}</h1>{said}
<form method="post">{fields}<button>{button}</button></form>
</html>"""
_FIELDS = """
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autofocus required value="{name}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
"""


class Gate:
    """Lets signed-in people through to `app`."""

    def __init__(self, app: ASGIApp, people: sign_in.People) -> None:
        self._app, self._people = app, people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or pass it on."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        token = asked.cookies.get(COOKIE, "")
        person = self._people.person(token)
        if scope["type"] == "websocket":
            if person:
                await self._app(scope, *self._watched(token, receive, send))
            else:
                await receive()  # the handshake; closed before it is accepted, it is refused
                await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        answer = await self._own(request, token, person)
        await (answer or self._app)(scope, receive, send)

    async def _own(self, request: Request, token: str, person: str | None) -> Response | None:
        """Return the gate's own answer, or None where the app has to answer."""
        path = request.url.path
        if path == "/sign-in":
            return await self._sign_in(request)
        if path == "/sign-out":
            return self._sign_out(request, token, person or "")
        if person:
            return None
        wanted = request.headers.get("accept", "")
        if request.method == "GET" and "text/html" in wanted:
            place = path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(place, safe='')}", 303, _HEADERS)
        return PlainTextResponse("Sign in first: /sign-in\n", 401, _HEADERS)

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return _page("Sign in", _FIELDS.format(name=""))
        form = await _form(request)
        account = Account(form.get("name", "").strip(), form.get("password", ""))
        address = request.client.host if request.client else ""
        try:
            _from_here(request)
            token = await asyncio.to_thread(self._people.sign_in, account, address)
        except ConvcoreError as error:
            fields = _FIELDS.format(name=html.escape(account.name))
            return _page("Sign in", fields, said=str(error), status=403)
        answer = RedirectResponse(_inside(request.query_params.get("next", "")), 303, _HEADERS)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return answer

    def _sign_out(self, request: Request, token: str, person: str) -> Response:
        if request.method != "POST":
            return _page(f"Sign out, {person}?" if person else "Sign out", button="Sign out")
        self._people.sign_out(token)
        answer = RedirectResponse("/sign-in", 303, _HEADERS)
        answer.delete_cookie(COOKIE)
        return answer

    def _watched(self, token: str, receive: Receive, send: Send) -> tuple[Receive, Send]:
        """Return the two ends of a connection that is cut when its person is signed out."""
        closed = False

        async def sent(message: Message) -> None:
            nonlocal closed
            if not closed and not self._people.person(token):
                closed = True
                await send({"type": "websocket.close", "code": 1008})
            elif not closed:
                await send(message)

        async def received() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._people.person(token):
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        return received, sent


def _page(
    title: str, fields: str = "", *, said: str = "", status: int = 200, button: str = "Sign in"
) -> Response:
    told = f'<p role="alert">{html.escape(said)}</p>' if said else ""
    page = _FORM.format(title=html.escape(title), said=told, fields=fields, button=button)
    return HTMLResponse(page, status, _HEADERS)


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form, the first of each name; none if it is too long."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}


def _from_here(request: Request) -> None:
    """Refuse a form that another site sent."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise sign_in.RefusedError("This form was sent by another page. Fill it in here.")


def _inside(place: str) -> str:
    """Return the place if it lies on this site, else the front page."""
    inside = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return quote(place, safe="/?&=%+-._~:,;@!$'()*") if inside else "/"


def main() -> None:
    """Serve the app behind the gate until the process is ended."""
    team = settings.team()
    people = sign_in.People(team.server)
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts(team), www_redirect=False)]
    if not by_provider():
        sign_in.people = people
        middleware.append(Middleware(Gate, people=people))
    sys.argv = [str(settings.PROJECT / "app.py")]  # Streamlit takes it for the script that runs
    provide_plotly(STATIC)
    app = st.App(settings.PROJECT / "app.py", middleware=middleware)
    app.run(config={"server.address": team.host, "server.port": team.port})


if __name__ == "__main__":
    main()
