"""Texts that somebody made with care: each tries to become more than text where it is shown."""

import re
import unicodedata

EVIL = "evil.example"  # an address that nothing may lead to, or ask for
TEXTS = (
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken = 2'>",
    "<svg onload='window.taken = 3'><a href='javascript:window.taken = 4'>evil</a></svg>",
    "</script><script>window.taken = 5</script><!-- evil",
    f"<b>evil</b><a href='http://{EVIL}/a'>evil</a><iframe src='//{EVIL}/b'></iframe>",
    "[evil](javascript:window.taken=6)",
    f"![evil](http://{EVIL}/c.png)",
    f"]({EVIL}) [evil]: http://{EVIL}/d",
    f"http://{EVIL}/e www.{EVIL} mail@{EVIL}",
    "data:text/html,<script>window.taken=7</script>",
    "`evil` ```evil",
    "$evil^2$ $$\\href{javascript:window.taken=8}{evil}$$",
    ":red[evil] :blue-background[evil] :green-badge[evil]",
    ":material/delete: evil :streamlit: evil :skull: evil",
    "**evil** _evil_ ~~evil~~ -> <- <-> -- >= ~= evil",
    "# evil",
    "- evil",
    "> evil",
    "    evil",
    "| evil | b |\n|---|---|\n| evil | 2 |",
    "evil\n===\n\n    evil",
    "{{7*7}} ${7*7} {evil} %(evil)s %{x} %s",
    "\u202eevil\u202c \u2066evil\u2069",
    "evil\x1b[31m evil\x00 \x07",
    "../../../etc/passwd C:\\evil",
    "=cmd|'/C evil'!A0",
    "&lt;b&gt;evil&lt;/b&gt; &#106;avascript: \\<i\\>",
    "evil " * 60,
)
LINE = " ".join(TEXTS).replace("\n", " ").strip()
ROWS = "\n".join(TEXTS)
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2069\ufffd]")


def seen(text: str) -> str:
    """What a text says: runs of spaces are one, what no one sees, or a mark in its place, none."""
    return " ".join(_UNSEEN.sub("", text).split())


def file_name(text: str, longest: int = 80) -> str:
    """The text as the name of a file: what no file system takes is left out."""
    kept = "".join(each for each in text if each != "/" and unicodedata.category(each) != "Cc")
    return kept.strip(" .")[:longest]
