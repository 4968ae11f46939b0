"""What each command of `python -m lab` does; an exit code is returned."""

import argparse
import getpass
import os
import sys
import time
from dataclasses import fields
from pathlib import Path

from tqdm import tqdm

from convcore.config import TrainConfig, preset
from convcore.errors import ConvcoreError
from lab import settings
from lab.parts import free_port

_POLL = 0.3  # seconds
_EXIT = {"FINISHED": 0, "FAILED": 2, "KILLED": 130}


def train(options: argparse.Namespace) -> int:
    """Train a model and follow it."""
    store, jobs = _opened()
    return _followed(store, [jobs.start(store, _config(options), name=options.name)], options)


def duel(options: argparse.Namespace) -> int:
    """Run both backends on the same batches."""
    store, jobs = _opened()
    return _followed(store, jobs.start_duel(store, _config(options), options.steps), options)


def resume(options: argparse.Namespace) -> int:
    """Go on with a stopped or failed run."""
    store, jobs = _opened()
    jobs.resume(store, options.run_id)
    return _followed(store, [options.run_id], options)


def stop(options: argparse.Namespace) -> int:
    """Stop a run."""
    store, jobs = _opened()
    jobs.stop(store, options.run_id)
    return 0


def runs(options: argparse.Namespace) -> int:
    """List the runs, newest first."""
    store, jobs = _opened()
    jobs.reconcile(store)
    for run in store.runs(limit=options.limit):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started))
        accuracy = run.metrics.get("test_accuracy")
        figures = "" if accuracy is None else f"{accuracy:.1%}"
        verdict = run.tags.get("convlab.verdict", "")
        print(f"{run.run_id}  {when}  {run.status:<9}  {figures:>6}  {run.name}  {verdict}")
    return 0


def data(options: argparse.Namespace) -> int:
    """List the data sets, or download one."""
    from convcore import datasets

    root = settings.current().data_root
    if options.fetch is None:
        for source in datasets.sources(root):
            state = "" if source.ready else "  (python -m lab data cifar10 downloads it)"
            print(f"{source.name:<24} {source.about}{state}")
        return 0
    with tqdm(unit="B", unit_scale=True) as bar:
        for progress in datasets.download_cifar10(root):
            bar.set_description(progress.what)
            bar.total = progress.total
            bar.update(progress.done - bar.n)
    print(f"CIFAR-10 is in {root}.")
    return 0


def examples(options: argparse.Namespace) -> int:
    """Make three example runs and follow them; those that are there are only shown."""
    from lab import examples as room

    store, _ = _opened()
    return max(_followed(store, [run_id], options) for run_id in room.begin(store))


def doctor(options: argparse.Namespace) -> int:
    """Look over the runs and the folder beside them, and mend what can be mended."""
    from lab import doctor as room

    found = room.examine(settings.current(), repair=options.repair)
    print(*found, sep="\n")
    return 2 if any(each.left for each in found) else 0


def serve(options: argparse.Namespace) -> int:
    """Start the app."""
    from lab.components.live_chart import STATIC, provide_plotly

    provide_plotly(STATIC)
    port = free_port(options.port)
    print(f"Convolution Lab: http://127.0.0.1:{port}", flush=True)
    if "STREAMLIT_SERVER_ADDRESS" not in os.environ:
        # Else a page whose name its owner leads to this machine (DNS rebinding) would be let in.
        os.environ.setdefault("STREAMLIT_SERVER_ALLOWED_HOSTS", "localhost 127.0.0.1")
    command = [sys.executable, "-m", "streamlit", "run", str(settings.PROJECT / "app.py")]
    os.chdir(settings.PROJECT)  # where Streamlit looks for .streamlit/config.toml
    os.execv(sys.executable, [*command, "--server.port", str(port)])  # Ctrl-C then reaches it


def mlflow(options: argparse.Namespace) -> int:
    """Start MLflow's own pages on the same runs."""
    from lab import mlflow_pages

    store, _ = _opened()
    print(f"MLflow: http://127.0.0.1:{options.port}/?workflowType=machine_learning", flush=True)
    words, environment = mlflow_pages.command(store.settings, options.port)
    os.execve(words[0], words, environment)  # Ctrl-C then reaches it


def team(options: argparse.Namespace) -> int:
    """Start MLflow and the app for several people."""
    from lab import team

    return team.serve(settings.team(), lambda line: print(line, flush=True))


def team_user(options: argparse.Namespace) -> int:
    """Let somebody sign in, or nobody of that name any more."""
    from lab import team

    asked = getpass.getpass if sys.stdin.isatty() else lambda _: ""
    print(team.change_people(settings.team(), options.name, asked, remove=options.remove))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write an ended run to one file."""
    from lab import archive

    store, _ = _opened()
    path = Path(options.file or f"run-{options.run_id}.zip")
    archive.save(store, options.run_id, path)
    print(path)
    return 0


def take_in(options: argparse.Namespace) -> int:
    """Bring in a run that `export` has written."""
    from lab import archive

    store, _ = _opened()
    print(f"run {archive.load(store, Path(options.file))}")
    return 0


def report(options: argparse.Namespace) -> int:
    """Write one run, or several compared, as one HTML file."""
    from lab.report import report as written

    store, _ = _opened()
    page = written(store, options.run_ids, title=options.title, baseline=options.baseline)
    out = Path(options.out or f"report-{options.run_ids[0][:8]}.html")
    try:
        out.write_bytes(page)
    except OSError as error:
        raise ConvcoreError(
            f"report: out={str(out)!r} can't be written ({error.strerror}). Choose another place."
        ) from error
    print(out)
    return 0


def reproduce(options: argparse.Namespace) -> int:
    """Train a run again from its record, and say whether its figures come back."""
    from lab import reproduce as room

    store, _ = _opened()
    again = room.start_again(store, options.run_id)
    options.detach = False
    code = _followed(store, [again], options)
    if code:
        return code
    found = room.match(store, options.run_id, again)
    print(found.sentence)
    return 0 if found.identical else 1


def _config(options: argparse.Namespace) -> TrainConfig:
    """Return the preset with what the command line changes of it."""
    given = {spec.name: getattr(options, spec.name) for spec in fields(TrainConfig)}
    changes = {name: value for name, value in given.items() if value is not None}
    return preset(options.preset).changed(changes)


def _opened():
    """Return the store and the jobs room; only commands that need MLflow wait for its import."""
    from lab import jobs, store

    return store.opened(settings.current()), jobs


def _followed(store, run_ids: list[str], options: argparse.Namespace) -> int:
    """Show a run until it ends; Ctrl-C stops it."""
    from lab import jobs

    run_id = run_ids[0]
    print("run " + " and ".join(run_ids), flush=True)
    if options.detach:
        return 0
    with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed} {postfix}") as bar:
        told, stopping = 0, False
        while True:
            try:
                jobs.reconcile(store)
                run = store.run(run_id)
                told = _print_epochs(store, run, told)
                share, text = jobs.progress_of(store, run)
                bar.n = share if run.active else 1.0
                bar.set_postfix_str(text if run.active else run.status.lower())
                if not run.active:
                    break
                time.sleep(_POLL)
            except KeyboardInterrupt:
                if stopping:
                    raise
                stopping = True
                jobs.stop(store, run_id)
    print(run.tags.get("convlab.reason") or run.tags.get("convlab.sentence", ""))
    return _EXIT[run.status]


def _print_epochs(store, run, told: int) -> int:
    """Print a line for each epoch not yet told; return how many are told now."""
    if int(run.metrics.get("epoch", 0)) == told:
        return told
    names = ("train_loss", "test_loss", "test_accuracy", "epoch_seconds")
    curves = store.curves(run.run_id, names)
    rows = list(zip(*(curves[name] for name in names), strict=True))
    for epoch, (train, test, accuracy, seconds) in enumerate(rows[told:], start=told + 1):
        tqdm.write(
            f"epoch {epoch:>3}  train loss {train:.4f}  test loss {test:.4f}  "
            f"test accuracy {accuracy:.1%}  {seconds:.1f} s"
        )
    return len(rows)
