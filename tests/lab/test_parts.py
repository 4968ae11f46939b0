import psutil
import pytest

from convcore.errors import ConvcoreError
from lab.parts import Parts
from tests.team import free_port

LASTING = (
    "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port={port}, bind='127.0.0.1')"
)


@pytest.fixture
def lasting(tmp_path, monkeypatch):
    """A server as a module, and its address."""
    port = free_port()
    (tmp_path / "lasting.py").write_text(LASTING.format(port=port))
    return {"PYTHONPATH": str(tmp_path), "HOME": "/"}, f"http://127.0.0.1:{port}"


def test_parts_run_as_long_as_the_block_and_end_with_it(lasting, tmp_path):
    environment, address = lasting
    with Parts() as parts:
        assert parts.start(["lasting"], environment, tmp_path / "log", address)
        [(process, _)] = parts._parts
        assert psutil.pid_exists(process.pid)
    assert not psutil.pid_exists(process.pid)


def test_a_part_that_ends_is_told_with_its_last_words(lasting, tmp_path):
    environment, address = lasting
    with Parts() as parts:
        assert parts.start(["lasting"], environment, tmp_path / "log", address)
        [(process, _)] = parts._parts
        with pytest.raises(ConvcoreError, match="No module named nowhere"):
            parts.start(["nowhere"], environment, tmp_path / "other", "http://127.0.0.1:9")
        with pytest.raises(ConvcoreError, match="A part has ended"):
            parts.watch()
    assert not psutil.pid_exists(process.pid)


def test_whoever_wants_no_more_need_not_wait(lasting, tmp_path):
    environment, _ = lasting
    with Parts() as parts:
        parts.ended.set()
        assert not parts.start(["lasting"], environment, tmp_path / "log", "http://127.0.0.1:9")
        parts.watch()
