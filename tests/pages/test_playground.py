"""The playground's settings, without a browser: what changes, what is refused, what comes back."""

import pytest

from lab.playground import Setup
from lab.playground.presets import PRESETS
from tests.pages.test_pages import opened


@pytest.fixture
def app(house):
    return opened("pages/playground.py")


def shown(app) -> Setup:
    return app.session_state["playground.now"].setup


def test_every_setting_makes_the_setup_it_says(app):
    app.slider(key="playground.stride.0").set_value(2).run()
    app.slider(key="playground.padding.1").set_value(1).run()
    app.number_input(key="playground.channels.inputs").set_value(2).run()
    app.toggle(key="playground.bias").set_value(True).run()
    setup = shown(app)
    assert (setup.stride, setup.padding, setup.in_channels) == ((2, 1), (0, 1), 2)
    assert setup.bias == (1.0,)
    app.selectbox(key="playground.padding_mode").set_value("reflect").run()
    assert shown(app).padding_mode == "reflect"
    assert not app.exception
    assert not app.error


def test_undo_and_redo_walk_through_the_changes(app):
    first = shown(app)
    app.slider(key="playground.stride.0").set_value(2).run()
    second = shown(app)
    app.button(key="playground.undo").click().run()
    assert shown(app) == first
    app.button(key="playground.redo").click().run()
    assert shown(app) == second


def test_what_does_not_fit_is_said_and_the_setup_stays(app):
    first = shown(app)
    app.slider(key="playground.kernel_size.0").set_value(9).run()
    assert "9×2" in app.error[0].value
    assert shown(app) == first
    assert app.slider(key="playground.kernel_size.0").value == 2
    app.slider(key="playground.stride.0").set_value(2).run()
    assert not app.error


@pytest.mark.parametrize("operation", ["convolution", "transposed", "pooling"])
@pytest.mark.parametrize("axes", [1, 3])
def test_every_operation_in_every_dimension_draws(app, operation, axes):
    app.selectbox(key="playground.operation").set_value(operation).run()
    app.segmented_control(key="playground.axes").set_value(axes).run()
    assert (shown(app).operation, shown(app).axes) == (operation, axes)
    assert not app.exception
    assert not app.error


def test_a_wrong_formula_says_where_and_the_last_good_one_stays(app):
    app.selectbox(key="playground.preset").set_value("a8-range").run()
    good = shown(app)
    app.text_input(key="playground.formula").set_value("max(w) - w.__class__").run()
    assert "column" in app.error[0].value
    assert shown(app) == good
    assert app.text_input(key="playground.formula").value == "max(w) - w.__class__"
    app.text_input(key="playground.formula").set_value("max(w) - mean(w)").run()
    assert shown(app).formula == "max(w) - mean(w)"
    assert not app.error


@pytest.mark.parametrize("name", list(PRESETS)[::3])
def test_a_preset_draws_and_is_in_the_address(app, name):
    app.selectbox(key="playground.preset").set_value(name).run()
    assert not app.exception
    assert not app.error
    assert dict(app.query_params) == {"preset": name}


def test_a_run_opens_what_it_has_kept(house):
    from lab.playground.keeping import keep
    from lab.store import Store

    setup = PRESETS["a8-l2"].make()
    app = opened("pages/playground.py", run=keep(Store(house), setup))
    assert shown(app) == setup
    assert not app.error
    assert dict(app.query_params) == {"preset": "a8-l2"}


def test_a_hidden_output_stays_hidden_on_every_tab_and_in_the_link(app):
    app.session_state["playground.tab"] = "Predict first"
    app.run()
    app.toggle(key="playground.hidden").set_value(True).run()
    app.session_state["playground.tab"] = "PyTorch code"
    app.run()
    assert app.session_state["playground.now"].hidden
    assert app.query_params["hidden"] == "1"
    again = opened("pages/playground.py", preset="a1", hidden="1")
    assert again.session_state["playground.now"].hidden


def test_undo_leads_back_to_the_preset_itself(app):
    app.selectbox(key="playground.preset").set_value("a11-text").run()
    app.toggle(key="playground.bias").set_value(True).run()
    assert "setup" in app.query_params
    app.button(key="playground.undo").click().run()
    assert dict(app.query_params) == {"preset": "a11-text"}


def test_a_widget_wins_over_an_address_that_is_older(app):
    app.slider(key="playground.stride.0").set_value(2).run()
    app.query_params.clear()
    app.query_params["preset"] = "a1"  # what a browser sends that was not told yet
    app.slider(key="playground.padding.0").set_value(1).run()
    assert (shown(app).stride, shown(app).padding) == ((2, 1), (1, 0))
    assert "setup" in app.query_params


def test_the_back_button_wins_over_what_is_remembered(app):
    app.slider(key="playground.stride.0").set_value(2).run()
    app.query_params.clear()
    app.query_params["preset"] = "a1"
    app.run()
    assert shown(app) == PRESETS["a1"].make()
    app.button(key="playground.undo").click().run()
    assert shown(app).stride == (2, 1)


@pytest.mark.parametrize("pin", ["9,9,9", "0,0", "-1,0,0", "x", "9" * 5000, "٣,0,0"])
def test_a_pin_that_is_nowhere_is_dropped(house, pin):
    app = opened("pages/playground.py", preset="a1", pin=pin)
    assert app.session_state["playground.now"].pin is None
    assert not app.exception


def test_a_hidden_output_hides_its_size_too(app):
    app.session_state["playground.now"].hidden = True
    app.run()
    assert all("= 2" not in code.value for code in app.code)
    assert "outputs" not in " ".join(each.value for each in app.markdown)


def test_random_keeps_the_sizes_and_reset_leads_back(app):
    first = shown(app)
    app.button(key="playground.random").click().run()
    assert shown(app) != first
    assert shown(app).size == first.size
    app.button(key="playground.reset").click().run()
    assert shown(app) == first


def test_numbers_pasted_as_text_replace_the_input(app):
    app.session_state["playground.tab"] = "Numbers"
    app.run()
    app.text_area(key="playground.text.x").set_value("1\t2\t3\n4\t5\t6").run()
    assert shown(app).x == (((1, 2, 3), (4, 5, 6)),)
    app.text_area(key="playground.text.x").set_value("1 2\n3").run()
    assert "row 2 has 1" in app.error[0].value
    assert shown(app).x == (((1, 2, 3), (4, 5, 6)),)
