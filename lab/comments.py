"""What people say about a run: a tag a comment, so that two who write at once both are heard."""

import json
import secrets
import time
from dataclasses import dataclass

from convcore.errors import ConvcoreError
from lab.records import Run
from lab.store import Store

_TAG = "comment."  # then the time in milliseconds and a random end; in order of time when sorted
MOST = 2000  # characters; a tag of MLflow's holds some more


@dataclass(frozen=True)
class Comment:
    """Something that somebody said."""

    author: str
    when: float  # seconds since 1970
    text: str


def say(store: Store, run_id: str, text: str) -> None:
    """Add a comment in the name of the store's author.

    Raises:
        ConvcoreError: it is too long.
        StoreError: the store cannot be reached.
    """
    text = text.strip()
    if len(text) > MOST:
        raise ConvcoreError(
            f"The comment has {len(text):,} characters, at most {MOST:,} fit. Make two of it."
        )
    if text:
        now = time.time()
        name = f"convlab.{_TAG}{int(now * 1000):013d}.{secrets.token_hex(3)}"
        value = {"author": store.settings.author, "when": now, "text": text}
        store.log(run_id, tags={name: json.dumps(value)})


def comments(job: Run) -> list[Comment]:
    """Return what was said about the run, oldest first; what is damaged is left out."""
    names = sorted(name for name in job.tags if name.startswith(f"convlab.{_TAG}"))
    said = [job.said(name.removeprefix("convlab.")) for name in names]
    return [
        Comment(str(each["author"]), float(each["when"]), str(each["text"]))
        for each in said
        if {"author", "when", "text"} <= each.keys() and isinstance(each["when"], int | float)
    ]
