"""Who looks at this page. Alone on a machine nobody signs in; in team mode everybody does."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from convcore.errors import ConvcoreError
from lab import sign_in
from lab.settings import Settings, people
from lab.widgets.errors import plain

COOKIE = "convlab_session"


def person() -> str | None:
    """Return who is signed in, or None where nobody has to be.

    A page that is not theirs to see ends here.
    """
    try:
        provider = by_provider()
    except ConvcoreError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.stop()
    if provider:
        return _of_provider()
    if sign_in.people is None:
        return None
    name = sign_in.people.person(st.context.cookies.get(COOKIE, ""))
    if name is None:  # the gate lets nobody in; this is the second lock
        st.markdown("You are signed out. [Sign in](/sign-in)")
        st.stop()
    return name


def signed(settings: Settings) -> Settings:
    """Return `settings` under the name of whoever is signed in."""
    name = person()
    return replace(settings, author=name) if name else settings


def name_tag() -> None:
    """Draw who is signed in, and the way out."""
    name = person()
    if name is None:
        return
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="person"
    ):
        st.text(name, width="content")
        if by_provider():
            st.button("Sign out", type="tertiary", on_click=st.logout, key="person.out")
        else:
            way_out = '<a href="/sign-out" target="_self" style="color: inherit">Sign out</a>'
            st.html(way_out, width="content")


def by_provider() -> bool:
    """Return whether an identity provider (OpenID Connect) says who people are.

    Raises:
        ConvcoreError: a file of secrets is there but cannot be read; it may have said so.
    """
    if st.secrets.load_if_toml_exists():
        return "auth" in st.secrets
    for each in st.get_option("secrets.files"):
        if Path(each).exists():
            raise ConvcoreError(f"{each} cannot be read. Mend it, or remove it, and start anew.")
    return False


def _of_provider() -> str:
    """Return whom the provider knows, and whom the team has let in."""
    if not st.user.is_logged_in:
        st.title("Convolution Lab", anchor=False)
        for each in _providers():
            label = f"Sign in with {each.title()}" if each else "Sign in"
            if st.button(label, type="primary", key=f"person.in.{each}"):
                st.login(each or None)
        st.stop()
    name = str(st.user.get("email") or "")
    if st.user.get("email_verified") is False or not let_in(name, people()):
        st.error(
            f"{plain(name or 'This account')} is not on the list of this team. Whoever runs the "
            "app can add the address to CONVLAB\\_TEAM\\_PEOPLE."
        )
        st.button("Sign out", on_click=st.logout, key="person.out")
        st.stop()
    return name


def let_in(email: str, listed: tuple[str, ...]) -> bool:
    """Return whether `listed` names the address, its domain (`@example.org`) or everybody (`*`)."""
    email = email.lower()
    _, at, domain = email.rpartition("@")
    return bool(at and domain) and not {email, at + domain, "*"}.isdisjoint(
        each.lower() for each in listed
    )


def _providers() -> list[str]:
    """Return the names of the providers; one without a name is empty."""
    auth = st.secrets["auth"]
    named = [name for name, value in auth.items() if hasattr(value, "keys")]
    return ([""] if "client_id" in auth else []) + [n for n in named if n != "client_kwargs"]
