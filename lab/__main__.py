"""The command line: `python -m lab --help`."""

import argparse
import sys
from dataclasses import fields

from convcore.config import CHOICES, PRESETS, TrainConfig
from convcore.errors import ConvcoreError
from lab import commands


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks; return the exit code: 2 for what a person can put right."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except ConvcoreError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description="Train CNNs with our own convolution or torch's, and keep every run in MLflow.",
        epilog="Exit codes: 0 done, 2 something you can put right (the sentence says what), "
        "130 stopped.",
    )
    added = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    train = added.add_parser(
        "train",
        help="train a model and follow it; Ctrl-C stops it, keeping everything so far",
        description="Train a model. A preset gives every setting; options change some of them.",
        epilog=_presets()
        + "\n\nexample:\n  python -m lab train --preset hand-written --data cifar10 --epochs 5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_settings(train)
    train.add_argument("--name", default="", help="the run's name")
    train.set_defaults(run=commands.train)

    duel = added.add_parser(
        "duel",
        help="both backends on the same batches, side by side",
        epilog=_presets(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_settings(duel)
    duel.add_argument("--steps", type=int, default=100, help="training steps (default 100)")
    duel.set_defaults(run=commands.duel)

    resume = added.add_parser("resume", help="go on with a stopped or failed run")
    resume.add_argument("run_id", help="as `python -m lab runs` prints it")
    _add_detach(resume)
    resume.set_defaults(run=commands.resume)

    stop = added.add_parser("stop", help="stop a run, keeping everything so far")
    stop.add_argument("run_id", help="as `python -m lab runs` prints it")
    stop.set_defaults(run=commands.stop)

    runs = added.add_parser("runs", help="list runs, newest first")
    runs.add_argument("--limit", type=int, default=20, help="how many (default 20)")
    runs.set_defaults(run=commands.runs)

    export = added.add_parser("export", help="write an ended run, whole, to one file")
    export.add_argument("run_id", help="as `python -m lab runs` prints it")
    export.add_argument("file", nargs="?", help="(default run-<run id>.zip)")
    export.set_defaults(run=commands.export)

    taken = added.add_parser("import", help="bring in a run that `export` has written")
    taken.add_argument("file", help="the .zip; imported twice it is still one run")
    taken.set_defaults(run=commands.take_in)

    report = added.add_parser("report", help="write one run, or several compared, as one HTML file")
    report.add_argument("run_ids", nargs="+", metavar="RUN", help="as `python -m lab runs` prints")
    report.add_argument("--out", help="the file (default report-<first run>.html)")
    report.add_argument("--title", default="", help="the page's heading")
    report.add_argument("--baseline", metavar="RUN", help="what the others are measured against")
    report.set_defaults(run=commands.report)

    again = added.add_parser(
        "reproduce", help="train a run again, and say whether its figures come back (exit 1: not)"
    )
    again.add_argument("run_id", help="as `python -m lab runs` prints it")
    again.set_defaults(run=commands.reproduce)

    data = added.add_parser("data", help="list the data sets, or download CIFAR-10")
    data.add_argument("fetch", nargs="?", choices=["cifar10"], help="what to download")
    data.set_defaults(run=commands.data)

    examples = added.add_parser(
        "examples", help="make three example runs: healthy, overfitted, and its remedy"
    )
    _add_detach(examples)
    examples.set_defaults(run=commands.examples)

    doctor = added.add_parser(
        "doctor", help="look over the runs and their files, and say what is well (exit 2: not all)"
    )
    doctor.add_argument(
        "--repair", action="store_true", help="mend what can be mended; nothing is thrown away"
    )
    doctor.set_defaults(run=commands.doctor)

    serve = added.add_parser("serve", help="start the app in the browser")
    serve.add_argument("--port", type=int, default=8501, help="or the next free one (default 8501)")
    serve.set_defaults(run=commands.serve)

    mlflow = added.add_parser("mlflow", help="start MLflow's own pages on the same runs")
    mlflow.add_argument("--port", type=int, default=5000, help="(default 5000)")
    mlflow.set_defaults(run=commands.mlflow)

    team = added.add_parser(
        "team", help="start MLflow and the app for several people, who sign in (docs/team.md)"
    )
    team.set_defaults(run=commands.team)

    user = added.add_parser("team-user", help="let somebody sign in, or give a new password")
    user.add_argument("name", help="whose name runs will carry")
    user.add_argument("--remove", action="store_true", help="delete the account instead")
    user.set_defaults(run=commands.team_user)
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
