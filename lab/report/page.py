"""The report as one page: its parts in order, its looks, and one script that draws the charts."""

import base64
import gzip
import hashlib
import importlib.util
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Template

from convcore.errors import ConvcoreError
from lab.comparison import NAMES
from lab.report import charts, pictures, record, scores
from lab.report.markup import section, swatch, text
from lab.report.subjects import Subject, read
from lab.store import Store

_HERE = Path(__file__).parent
# Scripts run by their checksum alone, so that nothing a run brings along could ever be one.
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src $scripts; \
style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header><h1>$title</h1><p class="quiet">$about</p>
<noscript><p>The charts need JavaScript.</p></noscript></header>
<main>$body</main>
<footer class="quiet">Made by Convolution Lab on $made. Point at a figure to see all its digits.\
</footer>
<script type="text/plain" id="plotly">$plotly</script>
<script>$script</script>
</body>
</html>
""")


def report(
    store: Store,
    run_ids: Sequence[str],
    *,
    title: str = "",
    baseline: str | None = None,
    names: Mapping[str, str] = NAMES,
) -> bytes:
    """Return a page that tells of one run, or compares several, and opens with no network.

    What a run does not have is left out.

    Args:
        title: by default the run's name, or how many are compared.
        baseline: the run that the others are measured against; by default the first.
        names: {foreign name: our name} of metrics.

    Raises:
        ConvcoreError: no run is given, or the baseline is none of them.
        StoreError: there is no such run, or the store cannot be reached.
    """
    if not run_ids:
        raise ConvcoreError("report: run_ids is empty. Choose one run or more.")
    if baseline is not None and baseline not in run_ids:
        raise ConvcoreError(
            f"report: baseline={baseline!r} is none of the {len(run_ids)} runs. Choose one of them."
        )
    subjects = read(store, run_ids, names)
    first = next((each for each in subjects if each.run.run_id == baseline), subjects[0])
    script, library = _text("report.js"), _library()
    page = _PAGE.substitute(
        scripts=" ".join(map(_checksum, (script.encode(), library))),
        title=text(title or _titled(subjects)),
        style=_text("report.css"),
        about=_about(subjects),
        body=_body(store, subjects, first),
        made=record.when(time.time()),
        plotly=_packed_library(),
        script=script,
    )
    return page.encode("utf-8", "replace")


def _body(store: Store, subjects: Sequence[Subject], baseline: Subject) -> str:
    several, finished = len(subjects) > 1, [each for each in subjects if each.curves]
    return "".join(
        [
            section("Note", _notes(subjects), name="note"),
            section("Verdict", _reasons(subjects), scores.verdicts(subjects), name="verdict"),
            section("At the best epoch", scores.best_figures(subjects), name="best"),
            section(
                "Against the baseline",
                scores.against_baseline(baseline, subjects) if several else "",
                name="baseline",
            ),
            section(
                "Curves",
                charts.curves(finished),
                "" if several else charts.batches(store, subjects[0]),
                name="curves",
            ),
            section("Duel", charts.duels(store, subjects), name="duel"),
            section(
                "Seeds",
                charts.seeds(subjects),
                scores.differences(baseline, subjects),
                name="seeds",
            ),
            section("Efficiency", charts.efficiency(subjects) if several else "", name="spent"),
            section("Parameters", record.parameters(subjects), name="parameters"),
            section("First-layer kernels", pictures.kernels(store, subjects), name="kernels"),
            section(
                "Which class is taken for which",
                pictures.confusions(store, subjects, baseline),
                name="confusion",
            ),
            pictures.left_out(subjects),
            section("Environment", record.environment(subjects), name="environment"),
            section("Do it again", record.commands(subjects), name="reproduce"),
        ]
    )


def _titled(subjects: Sequence[Subject]) -> str:
    return subjects[0].name if len(subjects) == 1 else f"{len(subjects)} runs compared"


def _about(subjects: Sequence[Subject]) -> str:
    """Return who, when and on what, in one line."""
    rows = [each.summary for each in subjects]
    authors = dict.fromkeys(row.author for row in rows if row.author)
    data = dict.fromkeys(row.dataset for row in rows if row.dataset)
    began = sorted(row.started for row in rows)
    dates = dict.fromkeys(record.when(moment)[:10] for moment in (began[0], began[-1]))
    parts = [", ".join(authors), " to ".join(dates), ", ".join(data)]
    return " · ".join(text(part) for part in parts if part)


def _notes(subjects: Sequence[Subject]) -> str:
    """Return what authors wrote of their runs, as they wrote it."""
    several = len(subjects) > 1
    return "".join(
        (f"<h3>{swatch(each.name, each.color)}</h3>" if several else "")
        + f'<p class="note">{text(each.summary.note)}</p>'
        for each in subjects
        if each.summary.note
    )


def _reasons(subjects: Sequence[Subject]) -> str:
    """Return why runs failed, or why there is no verdict on them."""
    said = []
    for each in subjects:
        before = f"{each.name}: " if len(subjects) > 1 else ""
        if each.run.tags.get("convlab.reason"):
            said.append(before + each.run.tags["convlab.reason"])
        kind = each.run.tags.get("convlab.kind")
        if not each.curves and kind == "training":
            said.append(before + f"no epoch has ended yet (the run is {each.run.status.lower()}).")
        elif not each.curves and kind is None:
            said.append(before + "no metric has a name that we know, so nothing can be judged.")
    return "".join(f"<p>{text(sentence)}</p>" for sentence in said)


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _library() -> bytes:
    """Return plotly.js as the installed package has it."""
    folder = Path(importlib.util.find_spec("plotly").origin).parent
    return (folder / "package_data/plotly.min.js").read_bytes()


@lru_cache(maxsize=1)
def _packed_library() -> str:
    """Return plotly.js in 1.9 MB instead of 4.8, as text that the page's script unpacks."""
    return base64.b64encode(gzip.compress(_library(), mtime=0)).decode()


def _checksum(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
