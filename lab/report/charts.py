"""The figures of a report, as places in the page that its script fills."""

from collections.abc import Sequence
from itertools import chain

from lab import comparison, figures
from lab.figures import Row, Scored
from lab.records import Run, StoreError
from lab.report.markup import text
from lab.report.scores import seed_groups
from lab.report.subjects import Subject
from lab.store import Store

_MOST_POINTS = 20_000  # of all curves of a chart together, which weigh half a megabyte
_FEWEST = 100  # of a curve, however many there are
_DUEL = ("loss_difference", "gradient_difference", "step_seconds")


def place(figure, about: str) -> str:
    """Return a figure, with one sentence on what to see, as a place that the script fills.

    Args:
        figure: what `lab.figures` drew.
    """
    _thin(figure)
    # Inside a script element, "</script" or "<!--" in a run's name would end or hide it.
    data = figures.to_json(figure)
    for sign in "<>&\u2028\u2029":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    height = figure.layout.height or 380
    return (
        f'<figure><div class="plot" role="img" aria-label="{text(about)}" '
        f'style="height:{int(height)}px"></div><figcaption>{text(about)}</figcaption>'
        f'<script type="application/json">{data}</script></figure>'
    )


def curves(subjects: Sequence[Subject]) -> str:
    """Return losses and accuracies by epoch, of one run or of several laid over each other."""
    drawn = [each for each in subjects if each.curves]
    if len(drawn) == 1 and drawn[0].verdict:
        return _alone(drawn[0])
    return _laid_over([_row(each) for each in drawn])


def seeds(subjects: Sequence[Subject]) -> str:
    """Return the losses of groups that differ only in their seed, each as a mean with its band."""
    rows: list[Row] = []
    for name, group in seed_groups(subjects).items():
        ids = {run.run_id for run in group.counted or group.runs}
        members = [each for each in subjects if each.run.run_id in ids]
        taken = {row.color for row in rows}
        free = [each.color for each in members if each.color not in taken]
        rows.append(_mean(name, (free or [members[0].color])[0], members))
    if not rows:
        return ""
    about = "Each group of seeds as its mean; the band reaches from its lowest to its highest run."
    return place(figures.compared(rows), about)


def batches(store: Store, subject: Subject) -> str:
    """Return the loss of each batch of one run."""
    steps = store.history(subject.run.run_id, ["batch_loss"])["batch_loss"]
    if not steps or subject.duels:
        return ""
    figure = figures.batch_losses(list(steps), list(steps.values()))
    return place(figure, "Loss of each batch: falls fast at first, then in small steps.")


def efficiency(subjects: Sequence[Subject]) -> str:
    """Return accuracy against seconds, and against parameters where these differ."""
    rows = [
        Scored(
            each.name,
            each.color,
            each.summary.best.accuracy,
            each.summary.seconds,
            each.summary.parameters,
        )
        for each in subjects
    ]
    rows = [row for row in rows if row.accuracy is not None]
    parts = []
    for against, cost in (("seconds", "training time"), ("parameters", "size")):
        known = [getattr(row, against) for row in rows if getattr(row, against) is not None]
        if len(set(known)) > 1:
            about = f"Accuracy against {cost}: the best lie up and to the left."
            parts.append(place(figures.efficiency(rows, against=against), about))
    return "".join(parts)


def duels(store: Store, subjects: Sequence[Subject]) -> str:
    """Return each duel step by step, drawn once though both of its runs are here."""
    parts, seen = [], set()
    for each in subjects:
        rival = each.run.tags.get("convlab.rival", "")
        if each.duels and rival and not {each.run.run_id, rival} & seen:
            seen |= {each.run.run_id, rival}
            parts.append(_duel(store, each.run, _run(store, rival)))
    return "".join(parts)


def _alone(subject: Subject) -> str:
    losses = figures.learning_curves(subject.curves, subject.verdict, color=subject.color)
    parts = [place(losses, "Losses by epoch: train dashed, test solid, the shaded gap between.")]
    if any(name.endswith("_accuracy") for name in subject.curves):
        shares = figures.accuracy_curves(subject.curves, color=subject.color)
        parts.append(place(shares, "Accuracies: dashed what it knows, solid what it can."))
    return "".join(parts)


def _laid_over(rows: Sequence[Row]) -> str:
    parts, named = [], set(chain.from_iterable(row.curves for row in rows))
    for measure, word in (("loss", "Losses"), ("accuracy", "Accuracies")):
        if any(name.endswith(f"_{measure}") for name in named):
            about = f"{word}: a colour a run, train dashed, test solid, a diamond at its best."
            parts.append(place(figures.compared(rows, measure=measure), about))
    if len(rows) > 1 and all(row.seconds for row in rows):
        about = "The same losses over the time that training took."
        parts.append(place(figures.compared(rows, x="time"), about))
    return "".join(parts)


def _row(subject: Subject) -> Row:
    best = subject.summary.best
    return Row(
        subject.name,
        subject.color,
        subject.curves,
        best_epoch=best.epoch,
        judged=best.judged or "test",
        seconds=comparison.seconds_by_epoch(subject.curves),
    )


def _mean(name: str, color: str, members: Sequence[Subject]) -> Row:
    """Return runs as one row; a run that is alone keeps its curve."""
    shared = [curve for curve in members[0].curves if all(curve in m.curves for m in members)]
    bands = {curve: comparison.band([m.curves[curve] for m in members]) for curve in shared}
    edges = {curve: (each.lowest, each.highest) for curve, each in bands.items()}
    means = {curve: each.mean for curve, each in bands.items()}
    return Row(name, color, means, bands=edges if len(members) > 1 else {})


def _run(store: Store, run_id: str) -> Run | None:
    """Return the run; None where there is none, as when only one of a pair was imported."""
    try:
        return store.run(run_id)
    except StoreError as error:
        if error.permanent:
            return None
        raise


def _duel(store: Store, run: Run, rival: Run | None) -> str:
    own = store.history(run.run_id, _DUEL)
    if not (own["loss_difference"] and own["gradient_difference"]):
        return ""
    seconds = {run.params.get("backend", run.name): list(own["step_seconds"].values())}
    if rival:
        steps = store.history(rival.run_id, ["step_seconds"])["step_seconds"]
        seconds[rival.params.get("backend", rival.name)] = list(steps.values())
    apart = [list(own[name].values()) for name in ("loss_difference", "gradient_difference")]
    about = (
        "Two backends, the same weights and batches: how far apart, and how long each step took."
    )
    return place(figures.duel(*apart, seconds), about)


def _thin(figure) -> None:
    """Leave out points of long curves evenly, the first and the last kept."""
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.x is not None]
    most = max(_FEWEST, _MOST_POINTS // max(len(lines), 1))
    for trace in lines:
        count = len(trace.x)
        if count <= most:
            continue
        kept = sorted({*range(0, count, -(-count // most)), count - 1})
        for name in ("x", "y", "customdata"):
            values = trace[name]
            if values is not None and len(values) == count:
                trace[name] = [values[index] for index in kept]
