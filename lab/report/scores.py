"""How good the runs are: verdicts, best figures, and whether seeds explain the differences."""

from collections.abc import Sequence

from lab import comparison
from lab.comparison import Delta, Deltas, Group, Sample
from lab.report.markup import number, swatch, table, text
from lab.report.subjects import Subject

LOSS, SHARE, SECONDS, RATE = "{:.4g}", "{:.2f} %", "{:,.1f}", "{:,.0f}"
_HEAD = (
    "Run",
    "Best epoch",
    "Loss there",
    "Accuracy there",
    "Gap there",
    "Verdict",
    "Seconds",
    "Pictures/s",
)


def verdicts(subjects: Sequence[Subject]) -> str:
    """Return a sentence a run on what its curves say."""
    several = len(subjects) > 1
    return "".join(
        f'<p class="verdict {each.verdict.kind.replace(" ", "-")}">'
        + (f"<strong>{swatch(each.name, each.color)}</strong>" if several else "")
        + f'<span class="badge">{text(each.verdict.kind)}</span> {text(each.verdict.sentence)} '
        f'<span class="quiet">Judged on the {each.verdict.judged} loss.</span></p>'
        for each in subjects
        if each.verdict
    )


def best_figures(subjects: Sequence[Subject]) -> str:
    """Return the table of what each run reached at its best epoch, and what it took."""
    shown = [each for each in subjects if each.curves or each.summary.seconds is not None]
    return table(_HEAD, [_row(each) for each in shown]) if shown else ""


def _row(subject: Subject) -> list[str]:
    row, best = subject.summary, subject.summary.best
    of = f' <span class="quiet">{best.scored}</span>' if best.scored else ""
    return [
        swatch(subject.name, subject.color),
        number(best.epoch, "{:.0f}"),
        number(best.loss, LOSS) + of,
        number(best.accuracy, SHARE, 100) + (of if best.accuracy is not None else ""),
        number(best.gap, LOSS),
        text(row.verdict if subject.verdict else "") or "–",
        number(row.seconds, SECONDS),
        number(row.images_per_second, RATE),
    ]


def against_baseline(baseline: Subject, subjects: Sequence[Subject]) -> str:
    """Return the table of differences from the baseline."""
    others = [each for each in subjects if each is not baseline]
    found = comparison.deltas(baseline.summary, [each.summary for each in others])
    if not any((each.loss, each.accuracy, each.gap, each.seconds) != (None,) * 4 for each in found):
        return ""
    head = [f"Less {text(baseline.name)}", "Loss", "Accuracy", "Gap", "Seconds", ""]
    return table(head, [_less(*pair) for pair in zip(others, found, strict=True)])


def _less(subject: Subject, found: Deltas) -> list[str]:
    return [
        swatch(subject.name, subject.color),
        _delta(found.loss, "{:+.4g}"),
        _delta(found.accuracy, "{:+.2f} points", 100),
        _delta(found.gap, "{:+.4g}"),
        _delta(found.seconds, "{:+,.1f}"),
        text(found.note),
    ]


def _delta(delta: Delta | None, shape: str, factor: float = 1.0) -> str:
    if delta is None:
        return "–"
    word = {True: "better", False: "worse", None: "equal"}[delta.better]
    return f'<span class="{word}">{number(delta.value, shape, factor)} {word}</span>'


def seed_groups(subjects: Sequence[Subject]) -> list[Group]:
    """Return the runs in groups that differ in nothing but the seed; none where no two do."""
    by_id = {each.run.run_id: each for each in subjects if each.curves and not each.duels}
    found = comparison.groups([each.run for each in by_id.values()])
    return found if any(len(each.counted) > 1 for each in found) else []


def differences(baseline: Subject, subjects: Sequence[Subject]) -> str:
    """Return what can be said of each group against the baseline's; only like is compared."""
    found = seed_groups(subjects)
    by_id = {each.run.run_id: each for each in subjects}
    own = next((each for each in found if baseline.run in each.runs), None)
    if own is None:
        return ""
    alike = [each for each in found if each is not own and _like(by_id, own, each)]
    samples = [_sample(by_id, each) for each in alike]
    said = []
    for index, sample in enumerate(samples):
        others = samples[:index] + samples[index + 1 :]
        said.append(comparison.difference(_sample(by_id, own), sample, others).sentence)
    return "".join(f"<p>{text(sentence)}</p>" for sentence in said)


def _like(by_id: dict[str, Subject], a: Group, b: Group) -> bool:
    """Return whether the scores of two groups are of the same pictures."""
    one, other = (by_id[group.runs[0].run_id].summary for group in (a, b))
    return (one.dataset, one.best.scored) == (other.dataset, other.best.scored)


def _sample(by_id: dict[str, Subject], group: Group) -> Sample:
    losses = [by_id[run.run_id].summary.best.loss for run in group.counted]
    return Sample(group.name, [loss for loss in losses if loss is not None])
