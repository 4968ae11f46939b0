import pytest

from lab.components.live_chart import provide_plotly

CHART = ".convlab-live-chart"


@pytest.fixture(scope="module")
def address(served):
    return served("live_chart.py")


@pytest.fixture
def open_page(chromium, address):
    pages = []

    def open_page(path="", **options):
        page = chromium.new_page(**options)
        pages.append(page)
        page.goto(address + path)
        return page

    yield open_page
    for page in pages:
        page.close()


def epochs_drawn(page) -> int:
    return page.evaluate(f"document.querySelector('{CHART}').data.at(-1).y.length")


def wait_for_epochs(page, epochs: int) -> None:
    page.wait_for_function(
        f"document.querySelector('{CHART}')?.data?.at(-1)?.y?.length >= {epochs}", timeout=30_000
    )


def x_range(page) -> list[float]:
    return page.evaluate(f"document.querySelector('{CHART}')._fullLayout.xaxis.range")


def zoom_by_mouse(page) -> list[float]:
    """Drag over a part of the chart as a person would; return the range then shown."""
    box = page.locator(f"{CHART} .nsewdrag").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.1, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle + 2, steps=5)
    page.mouse.up()
    whole = [0.5, 40.5]
    page.wait_for_function(
        f"document.querySelector('{CHART}')._fullLayout.xaxis.range[1] < {whole[1] - 5}"
    )
    return x_range(page)


def test_the_chart_grows_on_one_node_and_keeps_zoom_and_hidden_curves(open_page):
    page = open_page()
    wait_for_epochs(page, 2)
    page.evaluate(f"document.querySelector('{CHART}').mine = 'still here'")
    zoomed = zoom_by_mouse(page)
    page.locator(f"{CHART} .legendtoggle").first.click()
    page.wait_for_function(f"document.querySelector('{CHART}')._fullData[0].visible != true")
    before = epochs_drawn(page)
    wait_for_epochs(page, before + 5)
    assert page.locator(CHART).count() == 1
    assert page.evaluate(f"document.querySelector('{CHART}').mine") == "still here"
    assert x_range(page) == zoomed
    assert page.evaluate(f"document.querySelector('{CHART}')._fullData[0].visible") == "legendonly"


def test_it_names_itself_to_a_screen_reader(open_page):
    page = open_page()
    wait_for_epochs(page, 3)
    chart = page.locator(CHART)
    assert chart.get_attribute("role") == "figure"
    assert "Losses of" in chart.get_attribute("aria-label")


def test_text_follows_the_theme(open_page):
    colors = {}
    for scheme in ("light", "dark"):
        page = open_page(color_scheme=scheme)
        wait_for_epochs(page, 1)
        page.wait_for_selector(f"{CHART} .xtick text")
        colors[scheme] = page.evaluate(
            f"getComputedStyle(document.querySelector('{CHART} .xtick text')).fill"
        )
    brightness = {name: sum(map(int, c[4:-1].split(","))) for name, c in colors.items()}
    assert brightness["light"] < 300 < 500 < brightness["dark"]


def test_it_fits_a_phone_and_follows_its_container(open_page):
    page = open_page(viewport={"width": 400, "height": 800})
    wait_for_epochs(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_function(f"document.querySelector('{CHART} .main-svg').clientWidth > 900")
    assert page.locator(CHART).bounding_box()["height"] == 380


def test_without_the_library_it_says_so(chromium, address):
    page = chromium.new_page()
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector(f"{CHART}[data-failed]")
    assert "did not load" in page.locator(CHART).get_attribute("data-failed")
    page.unroute("**/plotly.min.js")
    wait_for_epochs(page, 1)  # the next update tries again
    assert page.locator(CHART).get_attribute("data-failed") is None
    page.close()


def test_the_library_is_copied_once_and_mended_when_broken(tmp_path):
    target = provide_plotly(tmp_path / "static")
    whole = target.stat()
    assert whole.st_size > 4_000_000
    assert provide_plotly(tmp_path / "static").stat().st_mtime_ns == whole.st_mtime_ns
    target.write_text("half a copy")
    assert provide_plotly(tmp_path / "static").stat().st_size == whole.st_size
    assert [path.name for path in target.parent.iterdir()] == ["plotly.min.js"]
