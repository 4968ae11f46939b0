"""The edge detection page as Streamlit runs it, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from convcore.kernels import CATALOGUE
from lab.edges import pictures
from lab.edges.setup import VIEWS
from lab.edges.starts import STARTS
from lab.settings import PROJECT
from lab.store import Store

TABS = [
    "Kernel", "Threshold", "Canny, step by step", "Pixel", "How good", "PyTorch code",
    "Keep and share",
]  # fmt: skip


@pytest.fixture(autouse=True)
def store(house) -> Store:
    return Store(house)


def opened(tab: str = "Pixel", **query: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    app.run()
    app.session_state["edges.tabs"] = tab
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("pages/edges.py").run()


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.info, *app.error, *app.caption, *app.latex]
    return "\n".join(part.value for part in parts)


def test_c1_shows_its_figures_and_the_kernel_upright_nothing():
    app = opened()
    app.selectbox(key="edges.start").select("c1").run()
    assert r"\begin{bmatrix}0 & 1 & 0 & 0 & 0 & -1 & 0 \\" in words(app)
    assert "From −1 to 1" in words(app)
    app.toggle(key="edges.transpose_kernel").set_value(True).run()
    assert app.selectbox(key="edges.start").value == "c1-upright"
    assert "From 0 to 0" in words(app)


def test_c2_shows_its_figures():
    app = opened()
    app.selectbox(key="edges.start").select("c2").run()
    assert r"\begin{bmatrix}1 & 0 & 0 & 0 & 0 & 0 & 0 \\ -1 & 1 & 0" in words(app)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws_in_every_view(tab):
    app = opened(tab, picture="coffee", colour="channels")
    for view in VIEWS:
        app.segmented_control(key="edges.view").set_value(view).run()
        assert not app.exception
        assert not app.error
    app.selectbox(key="edges.picture").select("upload").run()
    assert not app.exception
    assert "No picture yet" in words(app)


def test_every_kernel_and_picture_can_be_chosen():
    app = opened()
    for spec in CATALOGUE:
        app.selectbox(key="edges.kernel").select(spec.name).run()
        assert not app.exception
        assert not app.error
        assert spec.name == "Sobel" or app.query_params["kernel"] == spec.name
    for name in (*pictures.EXAMPLES, *pictures.PHOTOGRAPHS):
        app.selectbox(key="edges.picture").select(name).run()
        assert not app.exception
        assert not app.error


def test_own_numbers_begin_with_the_last_kernels_and_bad_ones_change_nothing():
    app = opened()
    app.selectbox(key="edges.kernel").select("Own numbers").run()
    assert app.text_area(key="edges.numbers").value == "-1\t0\t1\n-2\t0\t2\n-1\t0\t1"
    app.text_area(key="edges.numbers").input("1 2\n3 x").run()
    assert "“x” is not a number" in words(app).replace("\\", "")
    assert app.text_area(key="edges.numbers").value == "-1\t0\t1\n-2\t0\t2\n-1\t0\t1"
    app.text_area(key="edges.numbers").input("0 0\n0 0").run()
    assert not app.error
    assert "From 0 to 0" in words(app)


def test_of_two_levels_the_other_gives_way():
    app = opened(view="edges")
    app.slider(key="edges.low").set_value(60.0).run()
    assert not app.error
    assert app.slider(key="edges.high").value == 60
    app.slider(key="edges.high").set_value(5.0).run()
    assert app.slider(key="edges.low").value == 5


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"picture": "nobody"}, id="picture"),
        pytest.param({"kernel": "<b>"}, id="kernel"),
        pytest.param({"kernel": "Box", "parameters": "size~99999"}, id="size"),
        pytest.param({"picture": "cifar10:3"}, id="no CIFAR-10"),
    ],
)
def test_an_address_of_no_use_is_told_and_the_page_stays(query):
    app = opened(**query)
    assert not app.exception
    assert len(app.error) == 1
    assert app.selectbox(key="edges.picture").value == "camera"


def test_a_logged_screen_can_be_opened_again(store):
    app = opened("Keep and share", picture="coins", kernel="Scharr")
    app.button(key="edges.log").click().run()
    assert not app.exception
    (run,) = store.runs()
    assert run.metrics["merit"] > 0.9
    again = opened("Keep and share", run=run.run_id)
    assert dict(again.query_params) == {"picture": "coins", "kernel": "Scharr"}
    again.selectbox(key="edges.kernel").select("Box").run()
    again.button(key=f"edges.kept.{run.run_id}").click().run()
    assert again.selectbox(key="edges.kernel").value == "Scharr"


def test_own_numbers_of_any_size_are_logged_and_come_back(store):
    numbers = "~".join("_".join(f"{row}.{column:03}" for column in range(31)) for row in range(31))
    app = opened("Keep and share", kernel="Own numbers", numbers=numbers)
    app.button(key="edges.log").click().run()
    assert not app.exception
    (run,) = store.runs()
    again = opened("Keep and share", run=run.run_id)
    assert again.session_state["edges.now"].setup == app.session_state["edges.now"].setup


def test_undo_leads_back_and_reset_to_the_beginning():
    app = opened(picture="coins")
    assert app.button(key="edges.undo").disabled
    app.slider(key="edges.blur").set_value(2.0).run()
    app.selectbox(key="edges.picture").select("moon").run()
    app.button(key="edges.undo").click().run()
    assert dict(app.query_params) == {"picture": "coins", "blur": "2"}
    app.button(key="edges.reset").click().run()
    assert dict(app.query_params) == {"picture": "camera"}
    app.button(key="edges.undo").click().run()
    app.button(key="edges.redo").click().run()
    assert app.selectbox(key="edges.picture").value == "camera"


@pytest.mark.parametrize("name", list(STARTS))
def test_the_link_of_every_start_restores_the_screen(name):
    first = opened()
    first.selectbox(key="edges.start").select(name).run()
    query = dict(first.query_params)
    assert query == STARTS[name].setup.to_query()
    second = opened(**query)
    assert not second.error
    assert second.selectbox(key="edges.start").value == name
    assert words(second) == words(first)


def test_the_table_of_angles_says_that_the_ramp_ties():
    app = opened("How good")
    table = app.dataframe[1].value
    assert list(table["Kernel"]) == ["Prewitt", "Sobel", "Scharr"]
    assert (table["Ramp (°)"] < 1).all()
    assert list(table["Wave (°)"].round(2)) == [6.99, 2.89, 0.26]
    assert "on an even ramp all three tie" in words(app)


def test_the_time_of_two_passes_is_measured_on_request():
    app = opened("Kernel", picture="bar")
    assert " ms** in two passes" not in words(app)
    app.button(key="edges.measure").click().run()
    assert not app.exception
    assert " ms** in two passes" in words(app)


def test_otsus_level_is_taken():
    app = opened("Threshold", picture="coins")
    app.button(key="edges.otsu").click().run()
    assert app.segmented_control(key="edges.view").value == "threshold"
    assert 0 < app.slider(key="edges.level").value < 60
