"""How good the runs are: verdicts, best figures, and whether seeds explain the differences."""

from collections import Counter
from collections.abc import Sequence

from lab import comparison
from lab.comparison import Delta, Deltas, Group, Sample
from lab.report.markup import NONE, number, swatch, table, text
from lab.report.subjects import Subject

LOSS, SHARE, SECONDS, RATE = "{:.4g}", "{:.2f} %", "{:,.1f}", "{:,.0f}"
_SCORES = ("loss", "accuracy")  # at the best epoch


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
    kinds = {each.summary.best.scored for each in shown} - {""}
    kind = kinds.pop() if len(kinds) == 1 else ""  # told once where it is the same for all
    head = ["Run", "Best epoch", *(f"{kind} {word}".strip().capitalize() for word in _SCORES)]
    head += ["Gap", "Verdict", "Seconds", "Pictures / s"]
    return table(head, [_row(each, told=not kind) for each in shown]) if shown else ""


def _row(subject: Subject, *, told: bool) -> list[str]:
    row, best = subject.summary, subject.summary.best
    of = f' <span class="quiet">{best.scored}</span>' if told and best.scored else ""
    return [
        swatch(subject.name, subject.color),
        number(best.epoch, "{:.0f}"),
        number(best.loss, LOSS) + of,
        number(best.accuracy, SHARE, 100) + of,
        number(best.gap, LOSS),
        text(row.verdict) if subject.verdict else NONE,
        number(row.seconds, SECONDS),
        number(row.images_per_second, RATE),
    ]


def against_baseline(baseline: Subject, subjects: Sequence[Subject]) -> str:
    """Return the table of differences from the baseline."""
    others = [each for each in subjects if each is not baseline]
    found = comparison.deltas(baseline.summary, [each.summary for each in others])
    if not any((each.loss, each.accuracy, each.gap, each.seconds) != (None,) * 4 for each in found):
        return ""
    head = [f"Compared with {text(baseline.name)}", "Loss", "Accuracy", "Gap", "Seconds", ""]
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
        return NONE
    word = {True: "better", False: "worse", None: "equal"}[delta.better]
    return f'<span class="{word}">{number(delta.value, shape, factor)} {word}</span>'


def seed_groups(subjects: Sequence[Subject]) -> dict[str, Group]:
    """Return the runs in groups that differ in nothing but the seed, by a name of its own each.

    Where no two runs differ so, there are none.
    """
    by_id = {each.run.run_id: each for each in subjects if each.curves and not each.duels}
    found = comparison.groups([each.run for each in by_id.values()])
    if not any(len(each.counted) > 1 for each in found):
        return {}
    namesakes = Counter(each.name for each in found)
    return {
        each.name + (f" ({each.runs[0].run_id[:8]})" if namesakes[each.name] > 1 else ""): each
        for each in found
    }


def differences(baseline: Subject, subjects: Sequence[Subject]) -> str:
    """Return what can be said of each group against the baseline's; only like is compared."""
    found = seed_groups(subjects)
    by_id = {each.run.run_id: each for each in subjects}
    name = next((name for name, each in found.items() if baseline.run in each.runs), None)
    if name is None:
        return ""
    own = found.pop(name)
    samples = [
        _sample(by_id, name, each) for name, each in found.items() if _like(by_id, own, each)
    ]
    said = []
    for index, sample in enumerate(samples):
        others = samples[:index] + samples[index + 1 :]
        said.append(comparison.difference(_sample(by_id, name, own), sample, others).sentence)
    return "".join(f"<p>{text(sentence)}</p>" for sentence in said)


def _like(by_id: dict[str, Subject], a: Group, b: Group) -> bool:
    """Return whether the scores of two groups are of the same pictures."""
    one, other = (by_id[group.runs[0].run_id].summary for group in (a, b))
    return (one.dataset, one.best.scored) == (other.dataset, other.best.scored)


def _sample(by_id: dict[str, Subject], name: str, group: Group) -> Sample:
    losses = [by_id[run.run_id].summary.best.loss for run in group.counted]
    return Sample(name, [loss for loss in losses if loss is not None])
