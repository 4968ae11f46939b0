"""Every page for all: axe-core finds nothing serious, the console is silent, the keyboard does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, expect

from convcore.config import TrainConfig
from lab.store import Store
from tests.trained import trained

# Page → its address, and what stands there when it is drawn. {one} and {three} are ids of runs.
SCREENS = {
    "home": ("/", "[data-testid='stDataFrame']"),
    "playground": ("/playground?preset=a1", ".convlab-product"),
    "kernel learning": ("/kernel_learning", ".convlab-film-cell"),
    "edges": ("/edges?picture=coins", ".convlab-compare-label"),
    "train": ("/cifar10?run={one}", ".convlab-live-chart .main-svg"),
    "a run": ("/runs?run={one}", ".convlab-live-chart .main-svg"),
    "runs compared": ("/runs?run={three}", ".convlab-live-chart .main-svg"),
}
# What Streamlit draws so, and no setting or style of ours can change: (rule, element, why).
NOT_OURS = [
    (
        "scrollable-region-focusable",
        "[data-testid='stMarkdownContainer'] .katex-display",
        "a wide formula: Chromium and Firefox let the keyboard into what scrolls by themselves",
    ),
]
# What Streamlit asks for by itself, and what the console says of it: (a pattern of that, why).
NOT_OUR_ERRORS = [
    (
        r"status of 404 .*/_stcore/(host-config|health)\)$",
        "opened at a page's address, it looks for its server beneath that address first",
    ),
    (
        r"ERR_(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED) \(https://fonts\.gstatic\.com/s/i/",
        "without a network: the navigation wants the page's icon for the tab, until ours is set",
    ),
]
AXE = """([place, options, excused]) => axe.run(
  place, {...options, elementRef: true, resultTypes: ["violations"]},
).then(({violations}) => violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .flatMap(({id, nodes}) => nodes
    .filter(({element}) => !excused.some(([rule, it]) => rule === id && element.matches(it)))
    .map(({target, failureSummary}) => `${id}: ${target}\\n  ${failureSummary}`)))"""
# No script runs, nothing is being loaded, faded or drawn anew.
RESTS = """() => document.querySelector(".stApp").dataset.testScriptState === "notRunning"
  && !document.querySelector("[data-stale=true], [data-testid=stSkeleton], .stSpinner")
  && !document.getAnimations().some(({playState}) => playState === "running")"""
# Where the focus has been, and which of those elements did not show it.
FOLLOW = """() => {
  window.reached = new Set();
  window.unseen = [];
  document.addEventListener("focusin", ({target}) => {
    window.reached.add(target);
    const {outlineStyle, boxShadow} = getComputedStyle(target);
    if (outlineStyle === "none" && boxShadow === "none") window.unseen.push(target);
  });
}"""
OURS = "[class^='convlab-'] :is(button, input, select, [tabindex='0'])"
MISSED = """ours => {
  const told = (element) => element.outerHTML.slice(0, 200);
  const there = [...document.querySelectorAll(ours)].filter((element) =>
    element.checkVisibility({visibilityProperty: true}) && !element.closest("[inert]"));
  return [there.filter((element) => !window.reached.has(element)).map(told),
    window.unseen.filter((element) => element.matches(ours)).map(told)];
}"""
MOST_STOPS = 300


@dataclass
class Looked:
    """A browser in one theme, and what its pages complained of."""

    context: BrowserContext
    theme: str
    complaints: list[str] = field(default_factory=list)

    def opened(self, url: str, drawn: str) -> Page:
        self.complaints.clear()
        page = self.context.new_page()
        page.on(
            "console",
            lambda said: (
                said.type == "error" and self._heard(f"{said.text} ({said.location.get('url')})")
            ),
        )
        page.on("pageerror", lambda error: self._heard(str(error)))
        page.goto(url)
        page.locator(drawn).first.wait_for()
        page.wait_for_function(RESTS)
        page.evaluate(AXE_SCRIPT)
        return page

    def _heard(self, text: str) -> None:
        if not any(re.search(known, text) for known, _ in NOT_OUR_ERRORS):
            self.complaints.append(text)


@pytest.fixture(scope="module", params=["light", "dark"])
def looked(chromium, request) -> Iterator[Looked]:
    context = chromium.new_context(
        viewport={"width": 1400, "height": 900},
        color_scheme=request.param,
        reduced_motion="reduce",
    )
    context.set_default_timeout(30_000)
    yield Looked(context, request.param)
    context.close()


@pytest.fixture(scope="module")
def runs(house) -> dict[str, str]:
    """Ids of a run, and of three to compare: two that differ in the seed alone."""
    store, narrow = Store(house), TrainConfig(channels=4)
    ids = [
        trained(store, "narrow", config=narrow, note="To be looked at."),
        trained(store, "narrow", config=narrow, seed=1),
        trained(store, "wide", config=TrainConfig(channels=8)),
    ]
    return {"one": ids[0], "three": ",".join(ids)}


def violations(page: Page, place: str = "html", **options) -> list[str]:
    page.wait_for_function(RESTS)
    return page.evaluate(AXE, [place, options, [excuse[:2] for excuse in NOT_OURS]])


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_serious_and_the_console_is_silent(app, looked, runs, screen):
    address, drawn = SCREENS[screen]
    page = looked.opened(app.url + address.format(**runs), drawn)
    if looked.theme == "dark":  # only its colours are others
        found = violations(page, runOnly=["color-contrast"])
    else:
        found = violations(page)
        for tab in page.get_by_role("tab").all()[1:]:
            tab.click()
            page.wait_for_timeout(50)  # for the page to hear of it
            found += violations(page, "[role=tabpanel]:not([inert])")
    page.close()
    assert not found, "\n".join(found)
    assert not looked.complaints


@pytest.mark.parametrize("looked", ["light"], indirect=True)
@pytest.mark.parametrize("screen", ["playground", "kernel learning", "edges"])
def test_the_tab_key_leads_to_every_control_of_ours_and_out_again(app, looked, runs, screen):
    address, drawn = SCREENS[screen]
    page = looked.opened(app.url + address.format(**runs), drawn)
    page.wait_for_function(RESTS)
    page.evaluate(FOLLOW)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
    else:
        pytest.fail(f"caught in {page.evaluate('document.activeElement.outerHTML')}")
    missed, unseen = page.evaluate(MISSED, OURS)
    page.close()
    assert not missed
    assert not unseen


def test_a_pixel_is_marked_by_the_arrow_keys(app, page):
    page.goto(f"{app.url}/edges?picture=coins")
    pictures = page.get_by_role("application", name=re.compile("^Before and after"))
    pictures.press("ArrowDown")
    pictures.press("Shift+ArrowRight")
    page.get_by_role("tab", name="Pixel").click()
    rows, columns = 303, 384
    marked = f"Row {rows // 2 + 1}, column {columns // 2 + 10}"
    expect(page.get_by_text(marked)).to_be_visible()
