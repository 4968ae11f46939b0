import zlib
from base64 import urlsafe_b64encode

import pytest

from convcore.errors import ConvcoreError
from lab.playground import Setup, parse_matrix, parse_number
from lab.playground.setup import MOST_NUMBERS
from tests.lab.playground.setups import random_setup

X = (((1, 2, 3), (4, 5, 6), (5, 6, 7)),)
WEIGHT = ((((1, 2), (2, 3)),),)
PLAIN = Setup.plain(X, WEIGHT)


@pytest.mark.parametrize("seed", range(60))
def test_link_and_json_restore_every_number(seed):
    setup = random_setup(seed)
    assert Setup.from_link(setup.to_link()) == setup
    assert Setup.from_json(setup.to_json()) == setup


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("", id="empty"),
        pytest.param("nonsense!", id="nonsense"),
        pytest.param(PLAIN.to_link()[:-9], id="cut"),
        pytest.param("ä" * 40, id="not ascii"),
        pytest.param(urlsafe_b64encode(zlib.compress(b"[1, 2]")).decode(), id="no object"),
        pytest.param(urlsafe_b64encode(zlib.compress(b"[" * 50_000)).decode(), id="deep"),
        pytest.param(urlsafe_b64encode(zlib.compress(b" " * 10**8)).decode(), id="bomb"),
        pytest.param(urlsafe_b64encode(zlib.compress(b'{"x": 1, "y": 2}')).decode(), id="unknown"),
        pytest.param(urlsafe_b64encode(zlib.compress(b'{"x": 1}')).decode(), id="missing"),
    ],
)
def test_a_damaged_link_is_one_sentence(link):
    with pytest.raises(ConvcoreError, match="playground"):
        Setup.from_link(link)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"x": (((1, 2), (3,)),)}, "same number", id="ragged"),
        pytest.param({"x": (((1, float("nan")),),)}, "nan is not", id="nan"),
        pytest.param({"x": (((1, "2"),),)}, "'2' is not a number", id="text"),
        pytest.param({"x": ((),)}, "at least one", id="empty"),
        pytest.param({"x": ((0.0,) * 65,)}, "kernel of shape", id="axes differ"),
        pytest.param({"x": (((0.0,) * 65,),)}, "too large", id="too long"),
        pytest.param({"stride": (0, 1)}, "stride=", id="stride 0"),
        pytest.param({"stride": (1,)}, "one per axis", id="one stride"),
        pytest.param({"padding": "full"}, '"same", "valid"', id="padding"),
        pytest.param({"operation": "fold"}, "Choose correlation", id="operation"),
        pytest.param({"bias": (1, 2)}, "2 bias numbers", id="bias"),
        pytest.param({"groups": 0}, "groups=0", id="groups"),
        pytest.param({"dilation": "a"}, "dilation='a'", id="dilation"),
        pytest.param({"x": (((10**400,),),)}, "is not a number to", id="a googol"),
        pytest.param({"power": "2"}, "power='2'", id="power"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(changes, says):
    with pytest.raises(ConvcoreError, match=says):
        PLAIN.changed(**changes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("1\t2\n3\t4", [[1, 2], [3, 4]], id="spreadsheet"),
        pytest.param("1,5\t-2\n3\t4", [[1.5, -2], [3, 4]], id="decimal commas"),
        pytest.param("1 2\r\n3 4\r\n", [[1, 2], [3, 4]], id="spaces"),
        pytest.param("1, 2,\n3, 4", [[1, 2], [3, 4]], id="commas"),
        pytest.param("1;2,5", [[1, 2.5]], id="semicolons"),
        pytest.param("[[1, 2.], [.5, −4e-1]]", [[1, 2], [0.5, -0.4]], id="Python list"),
        pytest.param("((1, 2), (3, 4),)", [[1, 2], [3, 4]], id="Python tuple"),
        pytest.param("[1, 2]", [1, 2], id="flat list"),
        pytest.param("1 2\n3 4\n\n5 6\n7 8", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], id="two"),
    ],
)
def test_matrices_as_people_have_them(text, wanted):
    assert parse_matrix(text) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("hello world", "row 1, number 1: “hello”", id="nonsense"),
        pytest.param("1 2\n3 x", "row 2, number 2", id="nonsense further down"),
        pytest.param("1 2\n3", "row 2 has 1", id="ragged"),
        pytest.param("[[1, 2], [3]]", "row 2 has 1", id="ragged list"),
        pytest.param("1 nan", "number 2", id="nan"),
        pytest.param("[[NaN, 1]]", "calculated", id="nan in a list"),
        pytest.param("[1, [2]]", "beside a list", id="mixed"),
        pytest.param("[[]]", "is empty", id="empty row"),
        pytest.param("[[1" + "0" * 400 + "]]", "calculated", id="a googol"),
        pytest.param("1\n2\n\n3\n4\n5", "matrix 2 has 3", id="uneven blocks"),
        pytest.param("\t1\t2", "a cell is empty", id="empty first cell"),
        pytest.param("[true, 1]", "not a number", id="truth"),
        pytest.param("__import__('os')", "not a number", id="code"),
        pytest.param("[" * 100_000, "not a list", id="deep"),
        pytest.param("\n".join(["1 " * 100] * 100), "too many", id="10,000 numbers"),
        pytest.param("\n".join(["0 " * 1000] * 1000), "characters", id="1,000,000 numbers"),
    ],
)
def test_nonsense_is_told_by_place(text, says):
    with pytest.raises(ConvcoreError, match=says):
        parse_matrix(text)


def test_as_many_numbers_as_allowed_are_taken():
    side = int(MOST_NUMBERS**0.5)
    assert len(parse_matrix("\n".join([" ".join(["1.5"] * side)] * side))) == side


@pytest.mark.parametrize(
    ("text", "value"), [("2", 2), (" −0,5 ", -0.5), ("1e-3", 1e-3), ("+.5", 0.5)]
)
def test_numbers_as_people_type_them(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", "two", "nan", "inf", "1e999", "1.2.3", "0x10", "1_000", "--1"]
)
def test_what_is_no_number_is_said(text):
    with pytest.raises(ConvcoreError, match="is not a number"):
        parse_number(text)
