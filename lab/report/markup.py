"""Text and numbers as HTML. Whatever comes in is escaped here, and nowhere else."""

import base64
from collections.abc import Sequence
from html import escape

from convcore.overfitting import is_number

NONE = "–"  # what is not known
_LONGEST = 300  # characters of a parameter; some programs log whole files as one


def text(value: object) -> str:
    """Return a text that shows as it is, whatever characters it holds."""
    return escape(str(value))


def short(value: str) -> str:
    """Return a text, cut where it is very long."""
    return text(value if len(value) <= _LONGEST else f"{value[:_LONGEST]} …")


def number(value: float | None, shape: str, factor: float = 1.0) -> str:
    """Return a number as it reads best; its full value is in the markup and under the mouse.

    Args:
        shape: a format such as "{:.4g}".
        factor: what the shown number is multiplied by: 100 for percent.
    """
    if value is None or not is_number(value):
        return NONE
    shown = shape.format(factor * value).replace("-", "−")
    return f'<data value="{value!r}" title="{value!r}">{text(shown)}</data>'


def section(title: str, *parts: str, name: str) -> str:
    """Return a part of the page under its heading; nothing where it would be empty."""
    content = "".join(parts)
    if not content:
        return ""
    return f'<section id="{name}"><h2>{text(title)}</h2>{content}</section>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are HTML already; the first of each row names it."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:])
        for row in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def details(title: str, content: str) -> str:
    """Return what a click on `title` unfolds; on paper all is unfolded."""
    if not content:
        return ""
    return f"<details><summary>{text(title)}</summary>{content}</details>"


def png(content: bytes, about: str, css: str) -> str:
    """Return a picture that travels in the page."""
    packed = base64.b64encode(content).decode()
    return f'<img class="{css}" src="data:image/png;base64,{packed}" alt="{text(about)}">'


def swatch(name: str, color: str) -> str:
    """Return a run's name behind a dot of its colour."""
    return f'<span class="dot" style="background:{color}"></span>{text(name)}'
