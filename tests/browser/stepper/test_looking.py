import pytest
import torch
from playwright.sync_api import expect

from lab.components import stepper
from tests.browser.stepper.page import (
    ROOT,
    by_torch,
    click,
    grid,
    hover,
    lit,
    position,
    said,
    settle,
    spot,
    values,
    wait_until_said,
)


@pytest.mark.parametrize(
    "scene", ["plain", "reflect", "transposed", "max", "formula", "row", "volume"]
)
def test_every_total_is_torchs_and_its_products_sum_to_it(opened, scene):
    page = opened(scene)
    expected = by_torch(said(page)["setup"])
    steps = expected.numel()
    for step in sorted({0, steps // 3, steps // 2, steps - 1}):
        page.get_by_role("slider", name="Step").fill(str(step))
        settle(page)
        assert position(page) == [
            int(i) for i in torch.unravel_index(torch.tensor(step), expected.shape)
        ]
        (total,) = values(page, "total")
        assert total == pytest.approx(expected.flatten()[step].item(), abs=1e-9)
        if scene == "max":
            assert total == max(values(page, "product"))
        elif scene != "formula":
            sums, products = values(page, "sum"), values(page, "product")
            assert sum(products) == pytest.approx(sum(sums))
            assert sum(sums) + sum(values(page, "bias")) == pytest.approx(total)


def test_an_output_lights_what_it_was_made_from(opened):
    page = opened("plain")  # kernel 3×3, stride (2, 1), padding 1
    hover(page, "y", 0, 1, 2)
    assert position(page) == [0, 1, 2]
    field = {(row, column) for row in (2, 3, 4) for column in (2, 3, 4)}
    assert lit(page, "x") == {(channel, *cell) for channel in (0, 1) for cell in field}
    assert len(lit(page, "weight")) == 18
    hover(page, "y", 1, 0, 0)
    assert (0, 0, 0) in lit(page, "x")  # the padding it touches
    faint = page.locator(".convlab-product.convlab-faint")
    assert faint.count() == 2 * 5
    product = page.locator(".convlab-product").last
    x, w, term = (float(product.get_attribute(f"data-{name}")) for name in ("x", "w", "value"))
    setup = said(page)["setup"]
    assert (x, w) == (setup["x"][1][1][1], setup["weight"][1][1][2][2])
    assert term == x * w


def test_an_input_lights_every_output_it_reaches(opened):
    page = opened("plain")
    assert said(page)["setup"]["x"][0][1][2] == 2
    hover(page, "x", 0, 2, 3)  # the pixel (1, 2), in the padded input
    expect(page.locator(".convlab-head")).to_have_text("x[0, 1, 2] = 2 is used 12 times")
    reached = {(row, column) for row in (0, 1) for column in (1, 2, 3)}
    assert lit(page, "y") == {(channel, *cell) for channel in (0, 1) for cell in reached}
    assert page.locator(".convlab-link").count() == 12
    hover(page, "x", 0, 0, 0)
    expect(page.locator(".convlab-head")).to_have_text("padding = 0 is used 2 times")


def test_a_copy_in_the_padding_stands_for_its_pixel(opened):
    page = opened("reflect")
    hover(page, "x", 0, 0, 2)
    expect(page.locator(".convlab-head")).to_contain_text("padding, a copy of x[0, 1, 1]")
    assert {(0, 0, 2), (0, 2, 2)} <= lit(page, "x")


def test_a_kernel_cell_lights_every_number_it_multiplies(opened):
    page = opened("strided")  # size 8, kernel 3, stride 3
    hover(page, "weight", 0, 0, 1)
    assert lit(page, "x") == {(0, row, column) for row in (0, 3) for column in (1, 4)}
    assert len(lit(page, "y")) == 4
    expect(page.locator(".convlab-head")).to_contain_text("multiplies 4 numbers of channel 0")
    hover(page, "x", 0, 7, 7)
    expect(page.locator(".convlab-head")).to_contain_text("is never used")


def test_coverage_flags_what_is_never_used(opened):
    page = opened("strided")
    page.get_by_role("button", name="Coverage").click()
    color = """([row, column]) => {
      const {wide} = document.querySelector("[data-grid='x']").dataset;
      const at = [column, row].map(i => Math.floor((i * wide + 4) * devicePixelRatio));
      const context = document.querySelector("[data-grid='x'] canvas").getContext("2d");
      return [...context.getImageData(...at, 1, 1).data].slice(0, 3);
    }"""
    red, green, _ = page.evaluate(color, [0, 7])
    assert red > green + 80
    red, green, _ = page.evaluate(color, [0, 0])
    assert green > red + 80


def test_the_keyboard_reaches_every_cell(opened):
    page = opened("plain")
    grid(page, "y").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    settle(page)
    assert position(page) == [0, 1, 2]
    page.keyboard.press("PageDown")
    settle(page)
    assert position(page) == [1, 1, 2]
    page.keyboard.press("End")
    settle(page)
    assert position(page) == [1, 2, 4]
    page.keyboard.press("Enter")
    wait_until_said(page, lambda heard: heard["pin"] == [1, 2, 4])
    page.keyboard.press("Escape")
    wait_until_said(page, lambda heard: heard["pin"] is None)
    expect(page.locator("[aria-live]")).to_contain_text("Step 30 of 30. y[1, 2, 4]")
    page.keyboard.press("Shift+Tab")  # past the view's two buttons to the bias
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    settle(page)
    expect(page.locator(".convlab-head")).to_contain_text("b[1] = −1 is added")


def test_it_plays_pauses_and_steps(opened):
    page = opened("single")
    page.get_by_label("Speed").select_option("16")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("Number(document.querySelector('.convlab-slider').value) >= 3")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pause").click()
    settle(page)
    stopped = position(page)
    page.wait_for_timeout(150)
    assert position(page) == stopped
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Step forward").click()
    page.get_by_role("button", name="Step forward").click()
    page.get_by_role("button", name="Step back").click()
    expect(page.locator(".convlab-step")).to_have_text("step 2 of 25")
    grid(page, "y").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("document.querySelector('.convlab-slider').value === '24'")
    expect(page.get_by_role("button", name="Play")).to_be_visible()  # stops at the end


def test_hovering_sends_nothing_and_a_click_one_message(opened):
    page = opened("plain")
    page.wait_for_timeout(200)  # Streamlit's own messages after a change
    page.frames_sent.clear()
    boxes = [grid(page, *place).bounding_box() for place in (("y", 0), ("y", 1), ("x", 0))]
    seen = set()
    for i in range(50):
        box = boxes[i % 3]
        page.mouse.move(box["x"] + 14 * (i % 13) + 9, box["y"] + 50)
        settle(page)
        seen.add(page.locator(".convlab-head").inner_text())
    assert len(seen) > 10
    assert page.frames_sent == []
    click(page, "y", 0, 1, 3)
    wait_until_said(page, lambda heard: heard["pin"] == [0, 1, 3])
    page.wait_for_timeout(200)
    assert page.frames_sent == [1]
    page.mouse.move(5, 5)
    settle(page)
    assert position(page) == [0, 1, 3]  # a pin stays when the pointer leaves


def test_a_scene_opens_with_its_pin(opened):
    page = opened("plain pin=[1,2,0]")
    assert position(page) == [1, 2, 0]
    assert said(page)["pin"] == [1, 2, 0]
    click(page, "y", 1, 2, 0)
    wait_until_said(page, lambda heard: heard["pin"] is None)


def test_a_hidden_output_shows_no_number(opened):
    page = opened("plain hidden")
    for place in ((0, 0, 0), (1, 1, 2)):
        hover(page, "y", *place)
        assert lit(page, "x")
        for name in ("total", "sum", "product"):
            assert values(page, name) == []
        page.wait_for_timeout(200)
        texts = (
            page.locator(".convlab-arithmetic").inner_text(),
            page.locator("[aria-live]").inner_text(),
        )
        assert texts[0].startswith(f"y[{', '.join(map(str, place))}] = ?")
        assert "=" not in texts[1]


def test_the_matrix_joins_an_output_and_an_input(opened):
    page = opened("plain")
    page.get_by_role("button", name="Matrix").click()
    sheet = page.locator(".convlab-sheet")
    expect(page.get_by_text("30 outputs × 60 inputs")).to_be_visible()
    cell = sheet.bounding_box()["width"] / 60
    sheet.hover(position={"x": 1.5 * cell, "y": 2.5 * cell})  # y[0, 0, 2] and x[0, 0, 1]
    settle(page)
    assert position(page) == [0, 0, 2]
    assert (0, 1, 2) in lit(page, "x")


def test_other_sizes_arrive_without_a_new_node(opened):
    page = opened("plain")
    page.evaluate(f"document.querySelector('{ROOT}').mine = true")
    page.get_by_role("button", name="Larger").click()
    expect(page.locator(".convlab-step")).to_have_text("step 1 of 3600")
    assert page.evaluate(f"document.querySelector('{ROOT}').mine")
    assert page.locator(ROOT).count() == 1


@pytest.mark.parametrize(
    "scene", ["plain", "fast", "row", "sound", "volume", "one", "odd", "fields"]
)
def test_nothing_overflows_a_phone(opened, scene):
    page = opened(scene)
    page.set_viewport_size({"width": 400, "height": 800})
    page.wait_for_function(f"document.querySelector('{ROOT}').dataset.stacked === 'true'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    panels = page.locator(".convlab-panel").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect().right)")  # fmt: skip
    assert max(panels) <= 400


def test_a_tap_pins(chromium, address):
    page = chromium.new_page(has_touch=True, viewport={"width": 400, "height": 800})
    page.goto(address)
    expect(page.locator(".convlab-head")).to_be_visible()
    target = grid(page, "y")
    target.scroll_into_view_if_needed()
    target.tap(position=spot(page, "y", 0, 0, 3))
    wait_until_said(page, lambda heard: heard["pin"] == [0, 0, 3])
    assert position(page) == [0, 0, 3]
    page.close()


def test_the_script_is_light():
    # It travels with every update.
    assert len(stepper._script()) + len(stepper._text("stepper.css")) < 45_000
