"""Kernels that people save and name: the file, and what the page makes of it."""

import json
import threading

import pytest
from streamlit.testing.v1 import AppTest

from convcore.errors import ConvcoreError
from lab.edges import saved
from lab.edges.setup import MOST_CELLS
from lab.settings import PROJECT

LAPLACE = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))
ROW = ((1.0, -1.0),)


def test_what_is_saved_is_there_for_everybody_until_it_is_deleted(tmp_path):
    assert saved.saved(tmp_path / "new") == {}
    assert saved.save(tmp_path / "new", "  my Laplace ", LAPLACE) == "my Laplace"
    saved.save(tmp_path / "new", "A row", ROW)
    assert saved.saved(tmp_path / "new") == {"A row": ROW, "my Laplace": LAPLACE}
    assert saved.rename(tmp_path / "new", "A row", "a Row") == "a Row"
    saved.delete(tmp_path / "new", "my Laplace")
    assert saved.saved(tmp_path / "new") == {"a Row": ROW}
    assert not list((tmp_path / "new").glob("*.new"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("", "1 to 40 characters", id="empty"),
        pytest.param("  ", "1 to 40 characters", id="spaces"),
        pytest.param("x" * 41, "1 to 40 characters", id="long"),
        pytest.param("two\nlines", "in one line", id="lines"),
        pytest.param("\ud800", "in one line", id="half a character"),
        pytest.param("MINE", "is taken", id="saved"),
        pytest.param("sobel", "is taken", id="of the list"),
    ],
)
def test_a_bad_name_is_one_sentence_and_changes_nothing(tmp_path, name, sentence):
    saved.save(tmp_path, "Mine", LAPLACE)
    saved.save(tmp_path, "Other", ((5.0,),))
    with pytest.raises(ConvcoreError, match=sentence):
        saved.save(tmp_path, name, ROW, taken=("Sobel",))
    with pytest.raises(ConvcoreError, match=sentence):
        saved.rename(tmp_path, "Other", name, taken=("Sobel",))
    assert saved.saved(tmp_path) == {"Mine": LAPLACE, "Other": ((5.0,),)}


def test_what_is_gone_or_there_already_or_too_much_is_one_sentence(tmp_path):
    for act in (lambda: saved.delete(tmp_path, "x"), lambda: saved.rename(tmp_path, "x", "y")):
        with pytest.raises(ConvcoreError, match="no 'x' any more"):
            act()
    saved.save(tmp_path, "Mine", ROW)
    with pytest.raises(ConvcoreError, match="saved as 'Mine' already"):
        saved.save(tmp_path, "Again", ROW)
    full = {str(n): [[n]] for n in range(saved.MOST)}
    (tmp_path / saved.FILE).write_text(json.dumps(full))
    with pytest.raises(ConvcoreError, match="100 is the most"):
        saved.save(tmp_path, "One more", ROW)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"a": [[1', id="cut off"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b'{"a": 1}', id="a number"),
        pytest.param(b'{"a": [["1"]]}', id="text"),
        pytest.param(b'{"a": [[true]]}', id="yes"),
        pytest.param(b'{"a": [[1, 2], [3]]}', id="uneven"),
        pytest.param(b'{"a": []}', id="no rows"),
        pytest.param(b'{"a": [[NaN]]}', id="NaN"),
        pytest.param(b'{"a": [[1%s]]}' % (400 * b"0"), id="too great"),
        pytest.param(b'{"": [[1]]}', id="no name"),
        pytest.param(b'{"a": ' + 100_000 * b"[", id="deep"),
        pytest.param(b" " * 4_000_001, id="too long"),
    ],
)
def test_a_damaged_file_is_one_sentence_and_stays_as_it_is(tmp_path, content):
    (tmp_path / saved.FILE).write_bytes(content)
    with pytest.raises(ConvcoreError, match="damaged"):
        saved.saved(tmp_path)
    with pytest.raises(ConvcoreError, match="damaged"):
        saved.save(tmp_path, "Mine", ROW)
    assert (tmp_path / saved.FILE).read_bytes() == content


def test_a_folder_that_is_none_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConvcoreError, match="can't be used"):
        saved.save(tmp_path / "file", "Mine", ROW)


def test_many_at_once_lose_nothing(tmp_path):
    threads = [
        threading.Thread(target=saved.save, args=(tmp_path, f"k{n}", ((float(n),),)))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved.saved(tmp_path)) == 12


def test_the_largest_kernels_fit_in_the_file(tmp_path):
    numbers = ((-1.2345678901234567e-9,) * MOST_CELLS,) * MOST_CELLS
    full = {f"{n:040}": [*numbers[1:], [n + 0.1234567890123] * MOST_CELLS] for n in range(99)}
    (tmp_path / saved.FILE).write_text(json.dumps(full, indent=1))
    saved.save(tmp_path, "One more", numbers)
    assert len(saved.saved(tmp_path)) == saved.MOST


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.run()
    app.session_state["edges.tabs"] = "Pixel"
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/edges.py").run()


def test_the_page_saves_chooses_renames_and_deletes(house):
    app = opened(picture="bar", kernel="Scharr")
    app.text_input(key="edges.saved_name").input("Mine *own*").run()
    app.button(key="edges.saved_save").click().run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="edges.kernel").value == "Mine *own*"

    other = opened(picture="bar")
    other.selectbox(key="edges.kernel").select("Mine *own*").run()
    assert other.text_area(key="edges.numbers").value == "-3\t0\t3\n-10\t0\t10\n-3\t0\t3"
    other.text_input(key="edges.saved_name").input("Sobel").run()
    other.button(key="edges.saved_rename").click().run()
    assert "is taken" in other.error[0].value
    other.text_input(key="edges.saved_name").input("Ours").run()
    other.button(key="edges.saved_rename").click().run()
    assert not other.error
    assert other.selectbox(key="edges.kernel").value == "Ours"
    assert list(saved.saved(house.mlruns)) == ["Ours"]

    other.button(key="edges.saved_delete").click().run()
    assert other.selectbox(key="edges.kernel").value == "Own numbers"
    assert other.text_area(key="edges.numbers").value == "-3\t0\t3\n-10\t0\t10\n-3\t0\t3"
    assert saved.saved(house.mlruns) == {}
    # The first one's list is old by now.
    app.button(key="edges.saved_delete").click().run()
    assert not app.exception


def test_the_page_stays_where_the_file_is_damaged(house):
    (house.mlruns / saved.FILE).write_text("{")
    app = opened(picture="bar")
    assert not app.exception
    assert ["damaged" in error.value for error in app.error] == [True]
    app.text_input(key="edges.saved_name").input("Mine").run()
    app.button(key="edges.saved_save").click().run()
    assert not app.exception
    assert app.selectbox(key="edges.kernel").value == "Sobel"
