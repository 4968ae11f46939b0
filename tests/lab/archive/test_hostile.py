"""Archives that somebody made with care."""

import json
import math
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from convcore.errors import ConvcoreError
from lab.archive import read
from tests.lab.archive.archives import DATA, bent, packed, unpacked


def set_to(field: str, value: object) -> Callable[[dict], object]:
    return lambda told: told.update({field: value})


def point(*row: object) -> Callable[[dict], object]:
    return lambda told: told["metrics"].update({"test_loss": [list(row)]})


def named(name: str) -> bytes:
    """A sound file under a name, told in the record too."""
    return bent(
        lambda told: told["artifacts"].update({name: told["artifacts"]["weights.pt"]}),
        **{"artifacts/" + name: b""},
    )


def linked() -> bytes:
    link = zipfile.ZipInfo("artifacts/weights.pt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    contents = unpacked()
    del contents["artifacts/weights.pt"]
    return packed(contents | {link: b"/etc/passwd"})


def twice() -> bytes:
    again = zipfile.ZipInfo("artifacts/weights.pt")
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed(unpacked() | {again: b""})


def header_changed(name: str, offset: int, form: str, value: int) -> bytes:
    """The archive with a field of a file's entry in the list at the end changed."""
    mutant = bytearray(DATA)
    struct.pack_into(form, mutant, DATA.rindex(name.encode()) - 46 + offset, value)
    return bytes(mutant)


def million() -> bytes:
    return bent(lambda told: told["metrics"].update({"loss": [0] * 1_000_000}))


HUGE = b'"started": ' + b"9" * 5000
HOSTILE = [
    pytest.param(lambda: b"", "no .zip", id="empty"),
    pytest.param(lambda: b"GIF89a" * 100, "no .zip", id="another kind"),
    pytest.param(lambda: DATA[:-1], "no .zip, is cut off", id="cut off"),
    pytest.param(lambda: DATA + b"MZ", "something after its end", id="two files in one"),
    pytest.param(lambda: packed({"readme.txt": b""}), "no run.json", id="no run"),
    pytest.param(lambda: named("../up.pt"), "inside the run", id="traversal"),
    pytest.param(lambda: named("a/../../up.pt"), "inside the run", id="traversal deeper"),
    pytest.param(lambda: named("/etc/passwd"), "inside the run", id="absolute"),
    pytest.param(lambda: named("..\\up.pt"), "inside the run", id="backslash"),
    pytest.param(lambda: named("C:/up.pt"), "inside the run", id="drive"),
    pytest.param(lambda: named("%2e%2e/up.pt"), "inside the run", id="encoded traversal"),
    pytest.param(lambda: named("a//b"), "inside the run", id="empty folder name"),
    pytest.param(lambda: named("x" * 240), "inside the run", id="long name"),
    pytest.param(lambda: named("weights.pt/x"), "a file and a folder at once", id="both"),
    pytest.param(linked, "no plain file", id="link"),
    pytest.param(lambda: packed(unpacked() | {"artifacts/": b""}), "no plain file", id="folder"),
    pytest.param(
        lambda: header_changed("artifacts/weights.pt", 38, "<L", stat.S_IFBLK << 16),
        "no plain file",
        id="device",
    ),
    pytest.param(twice, "two files of one name", id="duplicate"),
    pytest.param(
        lambda: header_changed("artifacts/weights.pt", 8, "<H", 1), "encrypted", id="encrypted"
    ),
    pytest.param(lambda: packed(unpacked(), zipfile.ZIP_LZMA), "method 14", id="method"),
    pytest.param(
        lambda: bent(lambda told: told["artifacts"].pop("weights.pt")),
        "which run.json doesn't name",
        id="not in the record",
    ),
    pytest.param(
        lambda: packed({k: v for k, v in unpacked().items() if k != "artifacts/weights.pt"}),
        "'artifacts/weights.pt' is missing",
        id="missing",
    ),
    pytest.param(
        lambda: packed(unpacked() | {"artifacts/checkpoint/0.pt": bytes(5000)}),
        "not the one that was exported",
        id="altered",
    ),
    pytest.param(
        lambda: packed(unpacked() | {"artifacts/checkpoint/0.pt": b""}),
        "0 bytes where 5,000",
        id="size",
    ),
    pytest.param(
        lambda: packed(unpacked() | {"run.json": b" " * 33_000_000}, zipfile.ZIP_DEFLATED),
        "run.json has 33,000,000 bytes",
        id="large record",
    ),
    pytest.param(
        lambda: packed(unpacked() | {"run.json": b"[" * 100_000}), "too deep", id="deep record"
    ),
    pytest.param(lambda: packed(unpacked() | {"run.json": b"\xff"}), "can't be read", id="no text"),
    pytest.param(
        lambda: packed(
            unpacked()
            | {"run.json": unpacked()["run.json"].replace(b'"started": 1700000000123', HUGE)}
        ),
        "can't be read",
        id="5,000 digits",
    ),
    pytest.param(lambda: bent(set_to("version", 2)), "version=2", id="version"),
    pytest.param(lambda: bent(set_to("more", 1)), "with exactly", id="a field more"),
    pytest.param(lambda: bent(lambda told: told.pop("tags")), "with exactly", id="a field less"),
    pytest.param(lambda: bent(set_to("run_id", "a' OR 1")), "run id", id="run id"),
    pytest.param(lambda: bent(set_to("name", "")), "name=''", id="no name"),
    pytest.param(lambda: bent(set_to("name", "\ud800")), "no database", id="half a character"),
    pytest.param(lambda: bent(set_to("name", "a\x00b")), "no database", id="nul"),
    pytest.param(
        lambda: bent(set_to("experiment", "../../x")), "without slashes", id="experiment's folder"
    ),
    pytest.param(lambda: bent(set_to("status", "RUNNING")), "status='RUNNING'", id="at work"),
    pytest.param(lambda: bent(set_to("status", ["KILLED"])), "status=", id="status type"),
    pytest.param(lambda: bent(set_to("started", 10**18)), "started=1000000", id="far future"),
    pytest.param(lambda: bent(set_to("started", True)), "started=True", id="bool for a number"),
    pytest.param(lambda: bent(set_to("ended", None)), "ended=None", id="no end"),
    pytest.param(lambda: bent(set_to("params", [])), "params must be an object", id="params type"),
    pytest.param(lambda: bent(set_to("params", {"a": 1})), "a text of 0 to 6,000", id="param type"),
    pytest.param(
        lambda: bent(set_to("params", {"a": "x" * 6001})), "a text of 0 to 6,000", id="long param"
    ),
    pytest.param(
        lambda: bent(set_to("tags", {"a": "x" * 8001})), "a text of 0 to 8,000", id="long tag"
    ),
    pytest.param(lambda: bent(set_to("tags", {"a<b": ""})), "letters, digits", id="tag name"),
    pytest.param(lambda: bent(set_to("tags", {"../a": ""})), "letters, digits", id="tag path"),
    pytest.param(
        lambda: bent(set_to("tags", {str(n): "" for n in range(10_001)})),
        "at most 10,000 names",
        id="many tags",
    ),
    pytest.param(
        lambda: bent(set_to("tags", {"convlab.config": '{"epochs": "x"}'})),
        "convlab.config can't be read",
        id="config",
    ),
    pytest.param(
        lambda: bent(set_to("tags", {"convlab.config": "[" * 8000})),
        "convlab.config can't be read",
        id="deep config",
    ),
    pytest.param(lambda: bent(set_to("metrics", {"a": []})), "at least one point", id="no points"),
    pytest.param(lambda: bent(point(1, 1)), "must be [step, time, value]", id="short point"),
    pytest.param(lambda: bent(point(1.5, 1, 1)), "step=1.5", id="half a step"),
    pytest.param(lambda: bent(point(2**63, 1, 1)), "step=9223372036854775808", id="huge step"),
    pytest.param(lambda: bent(point(1, -1, 1)), "time=-1", id="negative time"),
    pytest.param(lambda: bent(point(1, 1, 10**400)), "64 bits hold", id="huge value"),
    pytest.param(lambda: bent(point(1, 1, None)), "value=None", id="no value"),
    pytest.param(lambda: bent(point(1, 1, "nan")), "value='nan'", id="another word"),
    pytest.param(lambda: bent(point(1, 1, math.nan)), "NaN is no JSON", id="no JSON"),
    pytest.param(million, "500,000 is the most", id="a million points"),
    pytest.param(
        lambda: DATA[:-22] + b"PK\x06\x07" + bytes(16) + DATA[-22:],
        "list of files",
        id="second end",
    ),
    pytest.param(
        lambda: DATA[:-10] + struct.pack("<L", 1 << 30) + DATA[-6:], "list of files", id="long list"
    ),
]


@pytest.mark.parametrize(("archive", "says"), HOSTILE)
def test_a_hostile_archive_is_refused_with_a_sentence(archive, says):
    with pytest.raises(ConvcoreError) as refusal:
        read(archive())
    told = str(refusal.value)
    assert says in told
    assert told.startswith("archive: ")
    assert len(told) < 500


@pytest.mark.parametrize(
    ("told", "says"),
    [
        pytest.param(150 << 20, "would unpack to 157,286,400", id="told"),
        pytest.param(10, "damaged", id="concealed"),
    ],
)
def test_a_bomb_is_refused_before_it_takes_memory(told, says):
    size = 150 << 20
    record = json.loads(unpacked()["run.json"])
    record["artifacts"] = {"zeros": {"size": told, "sha256": "0" * 64}}
    contents = {"run.json": json.dumps(record).encode(), "artifacts/zeros": bytes(size)}
    bomb = packed(contents, zipfile.ZIP_DEFLATED)
    bomb = bomb.replace(struct.pack("<L", size), struct.pack("<L", told))
    assert len(bomb) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(ConvcoreError, match=says):
            read(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
