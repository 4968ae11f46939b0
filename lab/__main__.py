"""The command line: `python -m lab --help`."""

import argparse
import getpass
import os
import socket
import sys
import time
from dataclasses import fields

from tqdm import tqdm

from convcore.config import CHOICES, PRESETS, TrainConfig, preset
from convcore.errors import ConvcoreError
from lab import settings

_POLL = 0.3  # seconds
_EXIT = {"FINISHED": 0, "FAILED": 2, "KILLED": 130}


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; return the exit code: 2 for what a person can put right."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except ConvcoreError as error:
        print(error, file=sys.stderr)
        return 2


def _train(options: argparse.Namespace) -> int:
    store, jobs = _opened()
    return _followed(store, [jobs.start(store, _config(options), name=options.name)], options)


def _duel(options: argparse.Namespace) -> int:
    store, jobs = _opened()
    return _followed(store, jobs.start_duel(store, _config(options), options.steps), options)


def _resume(options: argparse.Namespace) -> int:
    store, jobs = _opened()
    jobs.resume(store, options.run_id)
    return _followed(store, [options.run_id], options)


def _stop(options: argparse.Namespace) -> int:
    store, jobs = _opened()
    jobs.stop(store, options.run_id)
    return 0


def _runs(options: argparse.Namespace) -> int:
    store, jobs = _opened()
    jobs.reconcile(store)
    for run in store.runs(limit=options.limit):
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started))
        accuracy = run.metrics.get("test_accuracy")
        figures = "" if accuracy is None else f"{accuracy:.1%}"
        verdict = run.tags.get("convlab.verdict", "")
        print(f"{run.run_id}  {when}  {run.status:<9}  {figures:>6}  {run.name}  {verdict}")
    return 0


def _data(options: argparse.Namespace) -> int:
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


def _serve(options: argparse.Namespace) -> int:
    from lab.components.live_chart import STATIC, provide_plotly

    provide_plotly(STATIC)
    port = next(port for port in range(options.port, 65536) if _is_free(port))
    print(f"Convolution Lab: http://127.0.0.1:{port}", flush=True)
    command = [sys.executable, "-m", "streamlit", "run", str(settings.PROJECT / "app.py")]
    os.chdir(settings.PROJECT)  # where Streamlit looks for .streamlit/config.toml
    os.execv(sys.executable, [*command, "--server.port", str(port)])  # Ctrl-C then reaches it


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _mlflow(options: argparse.Namespace) -> int:
    import subprocess

    store, _ = _opened()
    now = store.settings
    print(f"MLflow: http://127.0.0.1:{options.port}/?workflowType=machine_learning", flush=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"]
    command += ["--port", str(options.port), "--backend-store-uri", now.tracking_uri]
    command += ["--artifacts-destination", (now.mlruns / "artifacts").as_uri()]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _team(options: argparse.Namespace) -> int:
    from lab import team

    return team.serve(settings.team(), lambda line: print(line, flush=True))


def _team_user(options: argparse.Namespace) -> int:
    from lab import team

    asked = getpass.getpass if sys.stdin.isatty() else lambda _: ""
    print(team.change_people(settings.team(), options.name, asked, remove=options.remove))
    return 0


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description="Train CNNs with our own convolution or torch's, and keep every run in MLflow.",
        epilog="Exit codes: 0 done, 2 something you can put right (the sentence says what), "
        "130 stopped.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train",
        help="train a model and follow it; Ctrl-C stops it, keeping everything so far",
        description="Train a model. A preset gives every setting; options change some of them.",
        epilog=_presets()
        + "\n\nexample:\n  python -m lab train --preset hand-written --data cifar10 --epochs 5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_settings(train)
    train.add_argument("--name", default="", help="the run's name")
    train.set_defaults(run=_train)

    duel = commands.add_parser(
        "duel",
        help="both backends on the same batches, side by side",
        epilog=_presets(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_settings(duel)
    duel.add_argument("--steps", type=int, default=100, help="training steps (default 100)")
    duel.set_defaults(run=_duel)

    resume = commands.add_parser("resume", help="go on with a stopped or failed run")
    resume.add_argument("run_id", help="as `python -m lab runs` prints it")
    _add_detach(resume)
    resume.set_defaults(run=_resume)

    stop = commands.add_parser("stop", help="stop a run, keeping everything so far")
    stop.add_argument("run_id", help="as `python -m lab runs` prints it")
    stop.set_defaults(run=_stop)

    runs = commands.add_parser("runs", help="list runs, newest first")
    runs.add_argument("--limit", type=int, default=20, help="how many (default 20)")
    runs.set_defaults(run=_runs)

    data = commands.add_parser("data", help="list the data sets, or download CIFAR-10")
    data.add_argument("fetch", nargs="?", choices=["cifar10"], help="what to download")
    data.set_defaults(run=_data)

    serve = commands.add_parser("serve", help="start the app in the browser")
    serve.add_argument("--port", type=int, default=8501, help="or the next free one (default 8501)")
    serve.set_defaults(run=_serve)

    mlflow = commands.add_parser("mlflow", help="start MLflow's own pages on the same runs")
    mlflow.add_argument("--port", type=int, default=5000, help="(default 5000)")
    mlflow.set_defaults(run=_mlflow)

    team = commands.add_parser(
        "team", help="start MLflow and the app for several people, who sign in (docs/team.md)"
    )
    team.set_defaults(run=_team)

    user = commands.add_parser("team-user", help="let somebody sign in, or give a new password")
    user.add_argument("name", help="whose name runs will carry")
    user.add_argument("--remove", action="store_true", help="delete the account instead")
    user.set_defaults(run=_team_user)
    return parser


def _presets() -> str:
    return "presets:\n" + "\n".join(f"  {name:<14} {each.about}" for name, each in PRESETS.items())


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the presets, and an option for every field of TrainConfig."""
    parser.add_argument(
        "--preset", choices=PRESETS, default="first-steps", help="(default first-steps) see below"
    )
    for spec in fields(TrainConfig):
        flag, about = f"--{spec.name.replace('_', '-')}", spec.metadata["help"]
        if isinstance(spec.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=about)
        else:
            kind, choices = type(spec.default), CHOICES.get(spec.name)
            parser.add_argument(flag, type=kind, choices=choices, help=about)
    _add_detach(parser)


def _add_detach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--detach", action="store_true", help="start it and return at once")


if __name__ == "__main__":
    sys.exit(main())
