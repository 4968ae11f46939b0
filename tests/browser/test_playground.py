"""The playground in a real browser: its arithmetic, its link, its numbers."""

import time

import pytest
import torch
from playwright.sync_api import Page, expect

from lab.playground import Setup
from lab.playground.compute import compute
from lab.playground.keeping import kept_setup
from lab.playground.presets import PRESETS
from lab.playground.setup import OPERATIONS, PADDING_MODES, RULES
from lab.store import Store
from tests.lab.playground.setups import random_setup, rule_of, torch_answer

SETUPS, AT_ONCE = 200, 20
# Drag every stepper's slider to some steps and read what stands beneath: [{step: …}, …].
READ = """most => (async () => {
  const pictures = () => new Promise((drawn) =>
    requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const roots = [...document.querySelectorAll('.convlab-stepper')], read = roots.map(() => ({}));
  const sliders = roots.map((root) => root.querySelector('.convlab-slider'));
  const counts = sliders.map((slider) => Number(slider.max) + 1);
  for (let turn = 0; turn < Math.min(most, Math.max(...counts)); turn++) {
    const steps = counts.map((count) => count <= most
      ? Math.min(turn, count - 1) : Math.floor((turn * (count - 1)) / (most - 1)));
    sliders.forEach((slider, i) => {
      slider.value = steps[i];
      slider.dispatchEvent(new Event('input', {bubbles: true}));
    });
    await pictures();
    roots.forEach((root, i) => {
      const values = (name, from = root) =>
        [...from.querySelectorAll(name)].map((node) => Number(node.dataset.value));
      const lines = [...root.querySelectorAll('.convlab-line')];
      read[i][steps[i]] = {
        lines: lines.map((line) => values('.convlab-product', line)),
        sums: values('.convlab-sum'), bias: values('.convlab-bias'),
        total: values('.convlab-total'),
      };
    });
  }
  return read;
})()"""


@pytest.fixture(scope="module")
def random_setups(served):
    return served("random_setups.py")


@pytest.mark.slow
def test_the_arithmetic_of_200_random_setups_is_torchs(page, random_setups):
    page.goto(random_setups)
    setups = [random_setup(seed) for seed in range(SETUPS)]
    for first in range(0, SETUPS, AT_ONCE):
        expect(page.get_by_text(f"from {first}", exact=True)).to_be_visible()
        expect(page.locator(".convlab-head")).to_have_count(AT_ONCE)
        for setup, steps in zip(setups[first:], page.evaluate(READ, 4), strict=False):
            wanted = torch_answer(setup).flatten()
            assert str(len(wanted) - 1) in steps
            for step, read in steps.items():
                assert_adds_up(setup, float(wanted[int(step)]), read)
        page.get_by_role("button", name="Next").click()
    assert {setup.operation for setup in setups} == set(OPERATIONS)
    assert {setup.padding_mode for setup in setups} == set(PADDING_MODES)
    assert {setup.axes for setup in setups} == {1, 2, 3}
    assert {setup.rule for setup in setups if setup.operation == "pooling"} == set(RULES)


def assert_adds_up(setup: Setup, wanted: float, read: dict) -> None:
    (total,) = read["total"]
    assert total == pytest.approx(wanted, rel=1e-5, abs=1e-5)
    if setup.operation == "pooling":
        (numbers,) = read["lines"]
        made = float(rule_of(setup)(torch.tensor(numbers, dtype=torch.float64)))
    else:
        for products, channel in zip(read["lines"], read["sums"], strict=True):
            assert sum(products) == pytest.approx(channel, rel=1e-5, abs=1e-5)
        made = sum(read["sums"]) + sum(read["bias"])
    assert made == pytest.approx(total, rel=1e-5, abs=1e-5)


def opened(page: Page, url: str, query: str = "") -> Page:
    page.goto(f"{url}/playground{query}")
    expect(page.locator(".convlab-head")).to_be_visible()
    return page


def field(page: Page, label: str):
    return page.get_by_role("spinbutton", name=label, exact=True)


def push(page: Page, setting: str, times: int = 1) -> None:
    """Push a slider up by the arrow key."""
    slider = page.locator(f"[class*='st-key-playground-{setting}'] input").first
    for _ in range(times):
        slider.press("ArrowRight")


def outputs(page: Page) -> list[float]:
    """Every total, read off the steps."""
    reads = page.evaluate(READ, 10**6)
    if len(reads) != 1:
        return []  # an old stepper goes as a new one comes
    (read,) = reads
    return [read[step]["total"][0] for step in sorted(read, key=int)]


def shows(page: Page, setup: Setup) -> None:
    wanted = pytest.approx(compute(setup).flatten().tolist(), rel=1e-9, abs=1e-9)
    deadline = time.monotonic() + 30
    while (found := outputs(page)) != wanted:
        assert time.monotonic() < deadline, f"{found} != {wanted}"
        time.sleep(0.05)


def test_presets_links_open_the_same_screen_in_a_fresh_browser(app, page):
    for name, preset in list(PRESETS.items())[::8]:
        opened(page, app.url, f"?preset={name}")
        expect(page.get_by_role("combobox", name="Preset")).to_have_value(
            f"{preset.group} · {preset.title}"
        )
        if len(compute(preset.make()).flatten()) <= 100:
            shows(page, preset.make())
        assert not page.get_by_test_id("stException").count()


def test_a_changed_setup_is_in_the_address_and_comes_back_in_another_browser(app, page, chromium):
    opened(page, app.url)
    push(page, "padding-0")
    expect(page.locator(".convlab-slider")).to_have_attribute("max", "7")
    push(page, "stride-1")
    expect(page.locator(".convlab-slider")).to_have_attribute("max", "3")
    wanted = PRESETS["a1"].make().changed(padding=(1, 0), stride=(1, 2))
    page.wait_for_function("link => location.search.includes(link)", arg=wanted.to_link())
    shows(page, wanted)
    other = chromium.new_page()
    opened(other, app.url, "?" + page.url.partition("?")[2])
    shows(other, wanted)
    other.close()
    page.go_back()
    shows(page, wanted.changed(stride=(1, 1)))


def test_a_number_typed_into_the_picture_changes_the_output_and_undo_takes_it_back(app, page):
    opened(page, app.url)
    page.locator("[data-grid='x']").first.focus()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('setup=')")
    a1 = PRESETS["a1"].make()
    first, *rows = a1.x[0]
    shows(page, a1.changed(x=(((7.0, *first[1:]), *rows),)))
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("location.search.includes('preset=a1')")
    shows(page, a1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("hello", "is not a number", id="nonsense"),
        pytest.param("1 2\n3", "row 2 has 1", id="ragged"),
        pytest.param("1 nan\n2 3", "is not a number", id="nan"),
        pytest.param("\n".join(["0 " * 1000] * 1000), "characters", id="a million numbers"),
    ],
)
def test_pasted_nonsense_is_one_sentence_and_the_old_input_stays(app, page, text, says):
    opened(page, app.url)
    page.evaluate(
        """text => {
          document.querySelector("[data-grid='x']").focus();
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    expect(page.get_by_test_id("stAlert")).to_contain_text(says)
    shows(page, PRESETS["a1"].make())


def test_a_combination_that_does_not_fit_is_told_and_changes_nothing(app, page):
    opened(page, app.url)
    slider = page.locator("[class*='st-key-playground-kernel_size-0'] input").first
    push(page, "kernel_size-0")
    expect(page.locator(".convlab-slider")).to_have_attribute("max", "1")
    push(page, "kernel_size-0")
    expect(page.get_by_test_id("stAlert")).to_contain_text("kernel_size=(4, 2)")
    expect(slider).to_have_value("3")
    push(page, "padding-0")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_predicting_hides_every_number_of_the_output_until_it_is_right(app, page):
    opened(page, app.url, "?preset=a2-stride")
    page.get_by_role("tab", name="Predict first").click()
    page.get_by_text("Hide the output", exact=True).click()
    expect(page.locator(".convlab-head")).to_contain_text("?")
    expect(page.locator("[data-panel='y'] .convlab-size")).to_have_text("?")
    expect(page.locator(".convlab-step")).to_have_text("step 1")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)  # the page has come to rest
    assert not page.locator(".convlab-total").count()
    field(page, "Output rows").fill("3")
    field(page, "Output columns").fill("2")
    field(page, "Output columns").press("Tab")  # typed numbers count once they are left
    page.get_by_role("button", name="Check the size").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Round down")
    expect(page.locator("[data-grid='y']")).to_be_hidden()
    field(page, "Output rows").fill("2")
    page.get_by_role("button", name="Check the size").click()
    expect(page.locator("[data-grid='y']")).to_be_visible()
    assert not page.locator(".convlab-total").count()
    field(page, "Value of y[0, 0, 0]").fill("3")
    page.get_by_role("button", name="Check the value").click()
    expect(page.get_by_test_id("stAlert").last).to_contain_text("3")


def test_a_setup_goes_to_mlflow_once_and_opens_the_playground_again(app, page, house):
    opened(page, app.url, "?preset=a5")
    page.get_by_role("tab", name="Keep and share").click()
    page.get_by_role("button", name="Log to MLflow").dblclick()
    kept = page.get_by_role("button", name="Playground: correlation 2×2")
    expect(kept).to_be_visible()
    run, *others = Store(house).runs()
    assert run.name not in [other.name for other in others]
    assert run.status == "FINISHED"
    assert kept_setup(Store(house), run.run_id) == PRESETS["a5"].make()
    for name in ("setup.json", "numbers.json", "output.npy", "picture.png"):
        assert Store(house).get(run.run_id, name), name
    opened(page, app.url)
    page.get_by_role("tab", name="Keep and share").click()
    kept.click()
    expect(page.locator(".convlab-slider")).to_have_attribute("max", "8")
    shows(page, PRESETS["a5"].make())


@pytest.mark.parametrize("query", ["?preset=nothing", "?setup=nonsense", "?preset=a1&pin=9,9,9"])
def test_a_broken_link_says_so_and_shows_something_to_go_on_with(app, page, query):
    opened(page, app.url, query)
    if "pin" not in query:
        expect(page.get_by_test_id("stAlert")).to_contain_text("playground")
    shows(page, PRESETS["a1"].make())
