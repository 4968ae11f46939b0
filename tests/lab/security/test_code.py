"""What the code of the product may not hold, and what it stands on."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from lab.settings import PROJECT

PRODUCT = [
    path
    for part in ("app.py", "pages", "lab", "convcore", "benchmarks", "docs")
    for path in (
        [PROJECT / part] if part.endswith(".py") else sorted((PROJECT / part).rglob("*.py"))
    )
]
# What ruff's security rules (`make check`) let pass, and what it must be given to be harmless.
FORBIDDEN = {
    "compile": "", "__import__": "", "pickle.Unpickler": "", "joblib.load": "",
    "torch.load": "weights_only=True", "np.load": "allow_pickle=False",
}  # fmt: skip
HTML = {"lab/widgets/runs/beside.py": 1}  # how often unsafe_allow_html, with plain() around texts


def calls(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each call of a file: what is called, and with which named arguments."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            given = {each.arg or "**": ast.unparse(each.value) for each in node.keywords}
            yield ast.unparse(node.func), given


def test_nothing_makes_code_of_data():
    assert len(PRODUCT) > 200
    found, html = [], {}
    for path in PRODUCT:
        place = str(path.relative_to(PROJECT))
        for called, given in calls(path):
            named = {f"{name}={value}" for name, value in given.items()}
            wanted = FORBIDDEN.get(called)
            if wanted is not None and wanted not in named:
                found.append(f"{place}: {called}")
            if {"allow_pickle=True", "unsafe_allow_javascript=True"} & named:
                found.append(f"{place}: {named}")
            if "unsafe_allow_html=True" in named:
                html[place] = html.get(place, 0) + 1
    assert found == []
    assert html == HTML


def test_every_requirement_is_one_version_and_what_is_installed_fits():
    for path in PROJECT.glob("requirements*.txt"):
        lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
        loose = [
            line
            for line in filter(None, lines)
            if not re.fullmatch(r"-r requirements[\w-]*\.txt|[\w.-]+==\d[\w.]*", line)
        ]
        assert loose == [], path.name
    check = [sys.executable, "-m", "pip", "--disable-pip-version-check", "check"]
    answer = subprocess.run(check, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout
