import io
import json
import math
import random
import shutil
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab import jobs
from lab.archive import export, load, read, save, take_in
from lab.archive.packing import pack
from lab.archive.record import Record, to_json
from lab.records import Point, StoreError
from lab.settings import Settings, embedded_uri
from lab.store import Store

FILES = {
    "checkpoint/0.pt": random.Random(0).randbytes(5000),
    "checkpoint/1.pt": random.Random(1).randbytes(5000),
    "confusion.json": b'{"classes": ["cat", "dog"], "counts": [[5, 1], [2, 4]]}',
    "plots/curves.html": b"<p>curves</p>" * 200,
    "weights.pt": b"",
}
POINTS = (
    Point("test_loss", 1.5, 1, 1000),
    Point("test_loss", math.nan, 2, 2000),
    Point("test_loss", 0.1 + 0.2, 3, 3000),
)
RECORD = Record(
    run_id="a" * 32,
    name="first",
    experiment="training",
    status="KILLED",
    started=1_700_000_000_123,
    ended=1_700_000_100_456,
    params={"blocks": "3", "in_shape": "1×8×8"},
    tags={"convlab.config": TrainConfig(blocks=3).to_json(), "convlab.kind": "training"},
    points=POINTS,
    files={},
)
DATA = pack(RECORD, list(FILES), FILES.__getitem__)


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def other(house, empty_store, tmp_path) -> Store:
    """An empty store on the same machine."""
    mlruns = tmp_path / "other"
    mlruns.mkdir()
    shutil.copy(empty_store, mlruns / "mlflow.db")
    place = {"mlruns": mlruns, "tracking_uri": embedded_uri(mlruns)}
    return Store(Settings(**vars(house) | place))


def made(store: Store, *, experiment: str = "training", **tags: str) -> str:
    """A run with what the recorder writes, and more."""
    own = {"convlab.checkpoint": "checkpoint/1.pt", "convlab.notes": "", "stars": "★\nzwei"}
    run_id = store.create(
        "Lauf für Ada",
        experiment=experiment,
        params={f"param {number}": "1×8×8" for number in range(60)},
        tags=own | {"convlab.process": json.dumps({"host": "mars", "pid": 1, "born": 0})} | tags,
    )
    store.log(run_id, params={f"extra/{number}": number for number in range(60)})
    steps = [Point("batch_loss", 1 / step, step, 10**12 + step) for step in range(1, 1201)]
    again = [Point("test_loss", 0.25, 3, 4000), Point("gap", -math.inf, -5, 1)]
    store.log(run_id, metrics=[*steps, *POINTS, *again])
    for name, content in (FILES | {"Bilder/Größe 1.png": b"\x89PNG\r\n\x00"}).items():
        store.put(run_id, name, content)
    store.set_status(run_id, "KILLED")
    return run_id


def whole(store: Store, run_id: str) -> dict:
    """Everything that a run holds, in a form that can be compared."""
    run = store.run(run_id)
    points = [repr(each) for name in sorted(run.metrics) for each in store.points(run_id, name)]
    files = {name: store.get(run_id, name) for name in store.artifacts(run_id)}
    kept = ("name", "status", "started", "ended", "params")
    return {each: getattr(run, each) for each in kept} | {
        "experiment": store.experiment_of(run),
        "points": sorted(points),
        "latest": sorted(map(repr, run.metrics.items())),
        "files": files,
        "tags": {
            name: text
            for name, text in run.tags.items()
            if name != "convlab.process" and not name.startswith("convlab.imported_")
        },
    }


def test_a_run_moves_to_an_empty_store_with_all_that_it_holds(store, other):
    run_id = made(store)
    data = export(store, run_id)
    assert export(store, run_id) == data
    copy = take_in(other, data)
    original, moved = whole(store, run_id), whole(other, copy)
    assert len(original["points"]) == 1205
    assert len(original["params"]) == 120
    assert original["files"] == FILES | {"Bilder/Größe 1.png": b"\x89PNG\r\n\x00"}
    assert moved == original
    tags = other.run(copy).tags
    assert tags["convlab.imported_from"] == run_id
    assert "convlab.process" not in tags
    assert jobs.reconcile(other) == []
    assert other.run(copy).status == "KILLED"
    # And once more, from the copy.
    assert whole(store, take_in(store, export(other, copy))) == original


def test_the_same_archive_makes_one_run_until_that_is_deleted(other):
    first = take_in(other, DATA)
    assert take_in(other, DATA) == first
    assert len(other.runs()) == 1
    other.delete(first)
    assert take_in(other, DATA) != first


def test_a_run_at_work_is_not_exported(store):
    run_id = store.create("busy", experiment="training", params={}, tags={})
    with pytest.raises(ConvcoreError, match=r"is SCHEDULED; only an ended .* Stop it"):
        export(store, run_id)


def test_what_no_archive_takes_is_told_at_the_export(store):
    run_id = store.create("free", experiment="up\\down", params={}, tags={})
    store.set_status(run_id, "FINISHED")
    with pytest.raises(ConvcoreError, match=r"run='\w+' can't be packed\. .*without slashes"):
        export(store, run_id)


def test_a_file_that_cannot_be_read_is_told_at_the_export(store, monkeypatch):
    run_id = take_in(store, DATA)
    monkeypatch.setattr(store, "get", lambda *_: None)
    with pytest.raises(ConvcoreError, match=r"checkpoint/0\.pt' of run=.* can't be read"):
        export(store, run_id)


def test_an_imported_run_is_nobodys_at_work_and_stops_no_other(store):
    leader = store.create("busy", experiment="training", params={}, tags={})
    copy = take_in(
        store,
        bent(
            lambda told: told["tags"].update(
                {"convlab.follows": leader, "convlab.stop": "eve", "convlab.progress": "{}"}
            )
        ),
    )
    jobs.stop(store, copy)
    assert store.run(leader).status == "SCHEDULED"
    assert not {"convlab.follows", "convlab.stop", "convlab.progress"} & store.run(copy).tags.keys()


def test_links_stay_where_the_other_run_is_here_and_the_checkpoint_where_it_came_along(store):
    parent = store.create("parent", experiment="training", params={}, tags={})
    links = {
        "mlflow.parentRunId": parent,
        "convlab.rival": "b" * 32,
        "convlab.checkpoint": "../../../etc/passwd",
    }
    tags = store.run(take_in(store, bent(lambda told: told["tags"].update(links)))).tags
    assert tags["mlflow.parentRunId"] == parent
    assert "convlab.rival" not in tags
    assert "convlab.checkpoint" not in tags


@pytest.mark.parametrize("failure", [StoreError("full", permanent=False), KeyboardInterrupt()])
def test_an_import_that_breaks_off_leaves_no_run(other, monkeypatch, failure):
    def put(run_id: str, name: str, content: bytes) -> None:
        assert other.active() == []
        assert "cut off" in other.run(run_id).tags["convlab.reason"]
        if name == "confusion.json":
            raise failure

    monkeypatch.setattr(other, "put", put)
    with pytest.raises(type(failure)):
        take_in(other, DATA)
    assert other.runs() == []


def test_a_half_run_that_cannot_even_be_deleted_says_so_and_is_imported_anew(other, monkeypatch):
    def away(*_) -> None:
        raise StoreError("away", permanent=False)

    with monkeypatch.context() as outage:
        outage.setattr(other, "put", away)
        outage.setattr(other, "delete", away)
        with pytest.raises(StoreError, match="away"):
            take_in(other, DATA)
    (half,) = other.runs()
    assert half.status == "FAILED"
    assert "import was cut off" in half.tags["convlab.reason"]
    copy = take_in(other, DATA)
    assert copy != half.run_id
    assert "convlab.reason" not in other.run(copy).tags


def test_an_archive_on_disk_is_whole_or_stays_as_it_was(store, other, tmp_path):
    run_id, path = take_in(store, DATA), tmp_path / "run.zip"
    save(store, run_id, path)
    assert path.read_bytes() == export(store, run_id)
    assert other.run(load(other, path)).tags["convlab.imported_from"] == run_id
    before = path.read_bytes()
    (tmp_path / "run.zip.part").mkdir()
    with pytest.raises(ConvcoreError, match=r"export: file=.*Name a file in a folder"):
        save(store, run_id, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["none.zip", "."])
def test_a_file_that_cannot_be_read_is_told_at_the_import(other, tmp_path, name):
    with pytest.raises(ConvcoreError, match=r"import: file=.*Name a file that"):
        load(other, tmp_path / name)


# 100 mutants: each is refused, or is imported as the run that it was.


def flipped(chance: random.Random) -> bytes:
    mutant = bytearray(DATA)
    for _ in range(chance.choice([1, 1, 2, 8])):
        # Half of them among the headers at the end, which are few bytes.
        start = chance.choice([0, len(DATA) - 700])
        mutant[chance.randrange(start, len(DATA))] ^= 1 << chance.randrange(8)
    return bytes(mutant)


def cut(chance: random.Random) -> bytes:
    start, length = chance.randrange(len(DATA)), chance.choice([1, 22, 500, len(DATA)])
    return DATA[:start] + DATA[start + length :]


def swapped(chance: random.Random) -> bytes:
    contents = unpacked()
    one, another = chance.sample(sorted(contents), 2)
    contents[one], contents[another] = contents[another], contents[one]
    return packed(contents)


def lost(chance: random.Random) -> bytes:
    contents = unpacked()
    del contents[chance.choice(sorted(contents))]
    return packed(contents)


@pytest.mark.parametrize("mutation", [flipped, cut, swapped, lost], ids=lambda f: f.__name__)
def test_a_mutated_archive_is_refused_or_imported_right(other, mutation):
    imported = set()
    for seed in range(25):
        mutant = mutation(random.Random(seed))
        with suppress(ConvcoreError):
            imported.add(take_in(other, mutant))
        assert {run.run_id for run in other.runs()} == imported
    assert len(imported) <= 1
    for run_id in imported:
        again = read(export(other, run_id))
        same = replace(again.record, run_id=RECORD.run_id, tags={}, files={})
        assert to_json(same) == to_json(replace(RECORD, tags={}))
        assert dict(again.files()) == FILES


def test_a_mutated_record_is_refused_or_read_as_it_says():
    text, refusals = unpacked()["run.json"], 0
    for seed in range(300):
        chance, mutant = random.Random(seed), bytearray(text)
        for _ in range(chance.choice([1, 2])):
            mutant[chance.randrange(len(text))] = chance.choice(b'0129-."[]{},:eN \\\x00\xff')
        try:
            record = read(packed(unpacked() | {"run.json": bytes(mutant)})).record
        except ConvcoreError:
            refusals += 1
        else:
            assert json.loads(to_json(record)) == json.loads(bytes(mutant))
    assert refusals > 100


# Archives that somebody made with care.


def unpacked() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(DATA)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: dict[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


def bent(change: Callable[[dict], object], **files: bytes) -> bytes:
    """The archive with `run.json` changed, and with files more."""
    contents = unpacked()
    told = json.loads(contents["run.json"])
    change(told)
    contents["run.json"] = json.dumps(told).encode()
    return packed(contents | files)


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
