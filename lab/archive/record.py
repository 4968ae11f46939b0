"""What `run.json` holds: written, and read with every field checked."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from convcore.config import TrainConfig
from convcore.errors import ConvcoreError
from lab.records import Point

MOST_BYTES = 32_000_000  # of run.json; the points of a run that has the most take less
MOST_POINTS = 500_000  # a duel of 100,000 steps has 400,000
_MOST_NAMES = 10_000  # params, tags, metrics or files
_FORMAT, _VERSION = "convlab-run", 1
_KEYS = (
    "format",
    "version",
    "run_id",
    "name",
    "experiment",
    "status",
    "started",
    "ended",
    "params",
    "tags",
    "metrics",
    "artifacts",
)
_STATUSES = ("FINISHED", "KILLED", "FAILED")
_LATEST = 10**13  # milliseconds since 1970: the year 2286; clocks of pages end before 10,000
_LONG = 2**63  # steps and times are kept in 64 bits
_WORDS = ("NaN", "Infinity", "-Infinity")  # JSON has no numbers for them
# What MLflow's databases take, in characters.
_LONGEST_NAME, _LONGEST_PARAM, _LONGEST_TAG = 250, 6000, 8000
_NAME = re.compile(r"[/\w.\- :]+")  # of params, tags and metrics; MLflow takes no others
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,249}", re.ASCII)
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
# A control character, a Windows separator or drive, or what MLflow reads as an address.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\:#%]")
_LONGEST_PART = 200  # bytes between two slashes; file systems take 255
_AS_IT_WAS = "Bring the file as it was exported, or export the run anew."


@dataclass(frozen=True)
class File:
    """What a file of the archive must be."""

    size: int  # bytes
    checksum: str  # SHA-256, in hexadecimal


@dataclass(frozen=True)
class Record:
    """A run as it was where it was exported; times in milliseconds since 1970."""

    run_id: str
    name: str
    experiment: str
    status: str
    started: int
    ended: int
    params: Mapping[str, str]
    tags: Mapping[str, str]
    points: tuple[Point, ...]
    files: Mapping[str, File]


def refused(what: str, way_out: str = _AS_IT_WAS) -> ConvcoreError:
    """Return the error that says what is wrong with an archive."""
    return ConvcoreError(f"archive: {what}. {way_out}")


def to_json(record: Record) -> bytes:
    """Return the record as `from_json` takes it."""
    metrics: dict[str, list] = {}
    for each in record.points:
        value = each.value if math.isfinite(each.value) else _word(each.value)
        metrics.setdefault(each.name, []).append([each.step, each.milliseconds, value])
    told = vars(record) | {
        "format": _FORMAT,
        "version": _VERSION,
        "params": dict(record.params),
        "tags": dict(record.tags),
        "metrics": metrics,
        "artifacts": {
            name: {"size": file.size, "sha256": file.checksum}
            for name, file in record.files.items()
        },
    }
    lines = (f"{json.dumps(key)}: {_dumped(told[key])}" for key in _KEYS)
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def from_json(text: bytes) -> Record:
    """Return what `run.json` says.

    Raises:
        ConvcoreError: not such a file; the message names the field.
    """
    told = _fields(text)
    if (told["format"], told["version"]) != (_FORMAT, _VERSION):
        raise refused(
            f"format={told['format']!r:.40}, version={told['version']!r:.40} must be "
            f"{_FORMAT!r} and {_VERSION}",
            "Export the run with this version of the lab, or import it with the newer one.",
        )
    record = Record(
        run_id=_matching(told["run_id"], _RUN_ID, "run_id", "an MLflow run id"),
        name=_text(told["name"], "name", _LONGEST_NAME, least=1),
        experiment=_experiment(told["experiment"]),
        status=_status(told["status"]),
        started=_whole(told["started"], "started", 1, _LATEST),
        ended=_whole(told["ended"], "ended", 1, _LATEST),
        params=_texts(told["params"], "params", _LONGEST_PARAM),
        tags=_texts(told["tags"], "tags", _LONGEST_TAG),
        points=tuple(_points(told["metrics"])),
        files=_files(told["artifacts"]),
    )
    _check_config(record.tags)
    return record


def _fields(text: bytes) -> dict:
    try:
        told = json.loads(
            text.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once
        )
    except RecursionError:
        raise refused("run.json is nested far too deep") from None
    except ValueError as error:
        raise refused(f"run.json can't be read ({str(error)[:100]})") from None
    if not isinstance(told, dict) or sorted(told) != sorted(_KEYS):
        raise refused(f"run.json must hold an object with exactly {', '.join(_KEYS)}")
    return told


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _once(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _check_config(tags: Mapping[str, str]) -> None:
    """Check the settings of a training, which pages take to be sound."""
    try:
        TrainConfig.from_json(tags.get("convlab.config", "{}"))
    except (ValueError, RecursionError) as error:
        raise refused(f"tags: convlab.config can't be read ({str(error)[:200]})") from None


def _status(value: object) -> str:
    if value not in _STATUSES:
        raise refused(f"status={value!r:.40} must be one of {', '.join(_STATUSES)}")
    return value


def _experiment(value: object) -> str:
    name = _text(value, "experiment", _LONGEST_NAME, least=1)
    # The embedded store makes a folder of that name.
    if not name.isprintable() or "/" in name or "\\" in name or name in (".", ".."):
        raise refused(f"experiment={name!r:.80} must be a plain name without slashes")
    return name


def _texts(value: object, field: str, longest: int) -> dict[str, str]:
    found = _object(value, field)
    for name, text in found.items():
        _named(name, field)
        _text(text, f"{field}[{name!r:.80}]", longest)
    return found


def _points(value: object) -> Iterable[Point]:
    metrics = _object(value, "metrics")
    for name, rows in metrics.items():
        _named(name, "metrics")
        if not isinstance(rows, list) or not rows:
            raise refused(f"metrics[{name!r:.80}] must be a list of at least one point")
    count = sum(map(len, metrics.values()))
    if count > MOST_POINTS:
        raise refused(
            f"the metrics have {count:,} points, and {MOST_POINTS:,} is the most",
            "Log fewer points a run.",
        )
    for name, rows in metrics.items():
        of = f"metrics[{name!r:.80}]: "
        step, time, number = of + "step", of + "time", of + "value"
        for row in rows:
            if not isinstance(row, list) or len(row) != 3:
                raise refused(f"{of}{row!r:.80} must be [step, time, value]")
            yield Point(
                name=name,
                value=_number(row[2], number),
                step=_whole(row[0], step, -_LONG, _LONG),
                milliseconds=_whole(row[1], time, 0, _LONG),
            )


def _number(value: object, field: str) -> float:
    if isinstance(value, str) and value in _WORDS:
        return float(value)
    try:
        number = float(value) if type(value) in (int, float) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refused(
            f"{field}={value!r:.40} must be a number that 64 bits hold, or one of "
            f"{', '.join(map(repr, _WORDS))}"
        )
    return number


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _files(value: object) -> dict[str, File]:
    found = {}
    for name, told in _object(value, "artifacts").items():
        _check_file_name(name)
        if not isinstance(told, dict) or sorted(told) != ["sha256", "size"]:
            raise refused(f"artifacts[{name!r:.80}] must hold exactly size and sha256")
        size = _whole(told["size"], f"artifacts[{name!r:.80}]: size", 0, _LONG)
        checksum = _matching(told["sha256"], _CHECKSUM, "sha256", "64 hexadecimal digits")
        found[name] = File(size, checksum)
    for name in found:
        parts = name.split("/")
        for end in range(1, len(parts)):
            if (folder := "/".join(parts[:end])) in found:
                raise refused(f"artifacts: {folder!r:.80} can't be a file and a folder at once")
    return found


def _check_file_name(name: str) -> None:
    _text(name, "a file's name", _LONGEST_NAME, least=1)
    parts = name.split("/")
    long = any(len(part.encode()) > _LONGEST_PART for part in parts)
    if long or _UNSAFE.search(name) or not {"", ".", ".."}.isdisjoint(parts):
        raise refused(
            f"artifacts: name={name!r:.80} must be a path inside the run: no leading slash, no "
            r"'..', none of \ : # % and nothing unprintable"
        )


def _object(value: object, field: str) -> dict:
    if not isinstance(value, dict) or len(value) > _MOST_NAMES:
        raise refused(f"{field} must be an object with at most {_MOST_NAMES:,} names")
    return value


def _named(name: str, field: str) -> None:
    """Check the name of a param, a tag or a metric as MLflow does."""
    _text(name, f"a name in {field}", _LONGEST_NAME, least=1)
    unlike_a_path = {"", ".", ".."}.isdisjoint(name.split("/"))
    if not _NAME.fullmatch(name) or not unlike_a_path:
        raise refused(
            f"{field}: name={name!r:.80} must be of letters, digits, spaces and _ . - : / only, "
            "and no path to elsewhere"
        )


def _text(value: object, field: str, longest: int, least: int = 0) -> str:
    if not isinstance(value, str) or not least <= len(value) <= longest:
        raise refused(f"{field}={value!r:.40} must be a text of {least} to {longest:,} characters")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise refused(f"{field}={value!r:.40} holds a character that no database takes")
    return value


def _matching(value: object, pattern: re.Pattern, field: str, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise refused(f"{field}={value!r:.40} must be {what}")
    return value


def _whole(value: object, field: str, lowest: int, end: int) -> int:
    """Return a whole number from `lowest` to below `end`."""
    if type(value) is not int or not lowest <= value < end:
        raise refused(
            f"{field}={value!r:.40} must be a whole number from {lowest:,} to {end - 1:,}"
        )
    return value


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
