import pytest
from playwright.sync_api import expect

from tests.browser.stepper.page import (
    by_torch,
    click,
    grid,
    hover,
    position,
    settle,
    spot,
    values,
    wait_until_said,
)


def test_numbers_are_typed_in_quickly_and_all_arrive(opened):
    page = opened("plain")
    hover(page, "y", 1, 2, 1)
    click(page, "y", 1, 2, 1)
    grid(page, "weight").dblclick(position=spot(page, "weight", 0, 0, 0))
    for number in (5, 6, 7, 8):
        page.keyboard.type(str(number))
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    heard = wait_until_said(page, lambda heard: heard["setup"]["weight"][1][0][1][0] == 8)
    assert heard["setup"]["weight"][1][0][0] == [5, 6, 7]
    settle(page)
    assert position(page) == [1, 2, 1]  # the step is kept
    expected = by_torch(heard["setup"])
    assert values(page, "total") == [pytest.approx(expected[1, 2, 1].item())]
    assert page.evaluate("document.activeElement.dataset.grid") == "weight"


def test_editing_by_keyboard(opened):
    page = opened("plain")
    grid(page, "x").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("-")
    editor = page.locator(".convlab-editor")
    expect(editor).to_have_value("-")
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“abc” is not a number")).to_be_visible()
    heard = wait_until_said(page, lambda heard: heard["events"])
    assert heard["events"] == [{"edit": {"grid": "x", "index": [0, 0, 1], "text": "abc"}}]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("7")  # padding takes no number
    expect(editor).to_have_count(0)
    page.keyboard.press("Control+z")
    wait_until_said(page, lambda heard: heard["events"][-1] == {"undo": True})


PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""
PASTE_CASES = [
    pytest.param("plain", "x", 1, {"grid": "x", "channel": [1]}, id="input"),
    pytest.param("plain", "weight", 1, {"grid": "weight", "channel": [0, 1]}, id="kernel"),
    pytest.param("row", "weight", 0, {"grid": "weight", "channel": [0]}, id="1d: all channels"),
    pytest.param("volume", "x", 2, {"grid": "x", "channel": [0, 2]}, id="3d: a slice"),
]


@pytest.mark.parametrize(("scene", "kind", "plane", "expected"), PASTE_CASES)
def test_a_paste_names_its_grid(opened, scene, kind, plane, expected):
    page = opened(scene)
    grid(page, kind, plane).focus()
    page.evaluate(PASTE, "1\t2\n3\t4")
    heard = wait_until_said(page, lambda heard: heard["events"])
    assert heard["events"] == [{"paste": expected | {"text": "1\t2\n3\t4"}}]
