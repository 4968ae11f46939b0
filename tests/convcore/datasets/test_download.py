"""CIFAR-10's archive, downloaded from a server on this machine."""

import http.server
import resource
import signal
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from convcore.datasets import CIFAR10, download_cifar10
from convcore.errors import ConvcoreError
from tests.convcore.datasets.small_cifar import EACH, PACKED, SMALL, load, names_in, put_archive


@contextmanager
def serving(answer):
    """Serve on 127.0.0.1; `answer(handler)` writes each reply. Yields the archive's url."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{CIFAR10.filename}"
        finally:
            server.shutdown()
            thread.join()


def sends(data: bytes, *, promised: int | None = None, pause: float = 0.0):
    """Return an answer of `data` in pieces; `promised` is the length that the header claims."""

    def answer(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(promised or len(data)))
        handler.end_headers()
        try:
            for start in range(0, len(data), 1 << 14):
                handler.wfile.write(data[start : start + (1 << 14)])
                time.sleep(pause)
        except OSError:
            pass  # the client went away

    return answer


def test_a_download_arrives_and_can_be_loaded(tmp_path):
    with serving(sends(PACKED)) as url:
        events = list(download_cifar10(tmp_path / "new", archive=replace(SMALL, url=url)))
    first = events[0]
    arrived = [event for event in events if event.what == first.what][-1]
    assert (first.done, first.total, first.unit) == (0, len(PACKED), "bytes")
    assert arrived.done == arrived.total
    assert arrived.bytes_per_second > 0
    assert arrived.eta == 0
    assert names_in(tmp_path / "new") == [SMALL.folder, SMALL.filename]
    assert len(load(tmp_path / "new").test) == EACH


def test_progress_comes_about_five_times_a_second_with_speed_and_eta(tmp_path):
    pause = 1.0 / (len(PACKED) / (1 << 14))  # a second in all
    with serving(sends(PACKED, pause=pause)) as url:
        events = list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    arriving = [event for event in events if event.what == events[0].what]
    between = [event for event in arriving if 0 < event.done < event.total]
    assert 3 <= len(between) <= 6
    assert all(event.eta > 0 and event.bytes_per_second > 0 for event in between)


def test_cancelling_removes_the_part(tmp_path):
    with serving(sends(PACKED, pause=0.02)) as url:
        events = download_cifar10(tmp_path, archive=replace(SMALL, url=url))
        while next(events).done == 0:
            assert [name.endswith(".part") for name in names_in(tmp_path)] == [True]
        events.close()
    assert names_in(tmp_path) == []


def test_a_damaged_archive_is_replaced_by_a_download(tmp_path):
    put_archive(tmp_path, b"damaged")
    with serving(sends(PACKED)) as url:
        list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    assert (tmp_path / SMALL.filename).read_bytes() == PACKED


def not_found(handler) -> None:
    handler.send_error(404, "Not Found")


def no_http(handler) -> None:
    handler.wfile.write(b"what?\r\n\r\n")


def resets(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


FAILURES = [
    pytest.param(sends(PACKED[:-5000], promised=len(PACKED)), "was cut", id="cut connection"),
    pytest.param(resets, "was cut", id="reset connection"),
    pytest.param(sends(PACKED[::-1]), "checksum.*is expected", id="wrong checksum"),
    pytest.param(sends(b"<html>Log in first</html>"), "checksum", id="another page"),
    pytest.param(not_found, "answered 404", id="not found"),
    pytest.param(no_http, "cannot be reached", id="no HTTP"),
]


@pytest.mark.parametrize(("answer", "says"), FAILURES)
def test_a_failed_download_is_said_and_leaves_nothing(answer, says, tmp_path):
    with serving(answer) as url, pytest.raises(ConvcoreError, match=says):
        list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
    assert names_in(tmp_path) == []


def test_no_network_is_said(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(ConvcoreError, match=r"cannot be reached .*network connection"):
            list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with serving(sends(PACKED)) as url, pytest.raises(ConvcoreError, match="cannot be written"):
        list(download_cifar10(tmp_path / "file", archive=replace(SMALL, url=url)))


@pytest.mark.parametrize("size", [100_000, len(PACKED) // 2 + 1])
def test_a_full_disk_is_said_and_leaves_nothing(size, tmp_path):
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(sends(PACKED)) as url:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(ConvcoreError, match=r"disk refused.*Make room"):
                list(download_cifar10(tmp_path, archive=replace(SMALL, url=url)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
    assert names_in(tmp_path) == []
