"""What a training has logged, to be held against what the same one logged elsewhere."""

from lab.store import Store

CLOCK = ("seconds", "epoch_seconds", "images_per_second", "step_seconds")

Series = dict[str, list[tuple[int, float]]]


def series(store: Store, run_id: str) -> Series:
    """Return every point of a run but of its clocks; see that no step is there twice."""
    found = {}
    for name in sorted(store.run(run_id).metrics):
        points = [(point.step, point.value) for point in store.points(run_id, name)]
        assert len({step for step, _ in points}) == len(points), f"{name}: {points}"
        if name not in CLOCK:
            found[name] = points
    return found


def logs(store: Store) -> str:
    """Return what all trainings of the lab have printed."""
    folder = store.settings.mlruns / "logs"
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.log")))
