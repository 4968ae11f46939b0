"""Rules of the house that no linter knows."""

import subprocess
import sys

import pytest

from lab.settings import PROJECT


@pytest.mark.parametrize("page", sorted((PROJECT / "pages").glob("*.py")), ids=lambda p: p.name)
def test_a_page_is_short_and_runs_inside_the_frame(page):
    text = page.read_text()
    assert len(text.splitlines()) <= 150
    assert "require_frame()" in text


def test_what_must_be_light_imports_nothing_heavy():
    """A page's first draw, a waiting worker and `--help` must not wait for torch or MLflow."""
    light = (
        "lab.settings, lab.turns, lab.worker, lab.__main__, convcore.config, convcore.overfitting"
    )
    heavy = "{'torch', 'mlflow', 'plotly', 'pandas'}"
    code = f"import sys, {light}; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"
