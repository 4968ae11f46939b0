"""The kernel learning page as Streamlit runs it, without a browser."""

import pytest

from lab.keeping import kept
from lab.kernel_learning import Experiment
from lab.kernel_learning.begin import begun, with_filter
from lab.kernel_learning.experiment import TASKS
from lab.kernel_learning.film import filmed
from lab.kernel_learning.keeping import KIND, again, keep
from lab.kernel_learning.tasks import task_of
from lab.store import Store
from lab.widgets.kernel_learning import learning
from lab.widgets.kernel_learning.panels import PANELS
from tests.pages.kernel_learning.screen import PAGE, linked, shown
from tests.pages.test_pages import opened, words


def test_it_opens_on_c3_learned(house):
    app = opened(PAGE)
    assert not app.exception
    assert not app.error
    assert "*Try" in words(app)
    assert "largest stable rate **0.03333**" in words(app)
    last = shown(app).learned.film.last
    assert last.weight.flatten().tolist() == pytest.approx([1, -1], abs=1e-3)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        pytest.param("constant", "rank **1 of 2**", id="constant"),
        pytest.param("checkerboard", "rank **2 of 9**", id="checkerboard"),
    ],
)
def test_what_cannot_be_learned_is_said_with_two_kernels_that_fit(house, task, said):
    app = opened(PAGE)
    app.selectbox(key="kernel_learning.task").select(task).run()
    assert not app.exception
    assert said in words(app)
    assert "make the same Y" in words(app)


def test_a_rate_above_the_stable_one_diverges_and_the_advice_mends_it(house):
    app = opened(PAGE)
    app.number_input(key="kernel_learning.steps").set_value(400).run()
    app.number_input(key="kernel_learning.learning_rate").set_value(0.034).run()
    assert shown(app).learned.film.verdict.kind == "diverged"
    app.button(key="kernel_learning.advice").click().run()
    assert shown(app).learned.film.verdict.kind == "converged"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("learning_rate", -1.0, "must be a finite number above 0"),
        ("steps", 0, "must lie between"),
        ("steps", 10**9, "must lie between"),
        ("kernel_size.columns", 5, "the only one with this padding"),
        ("patches", 10, "is larger than Y"),
    ],
)
def test_a_wrong_value_is_told_and_changes_nothing(house, key, value, said):
    app = opened(PAGE)
    before = shown(app).setup
    app.number_input(key=f"kernel_learning.{key}").set_value(value).run()
    assert not app.exception
    assert said in app.error[0].value.replace("\\", "")
    assert shown(app).setup == before
    assert app.number_input(key=f"kernel_learning.{key}").value != value


@pytest.mark.parametrize("query", [{"experiment": "xyz"}, {"run": "0" * 32}, {"run": "'\""}])
def test_a_broken_address_is_told_and_the_page_stays(house, query):
    app = opened(**query).switch_page(PAGE)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert app.error
    assert shown(app).setup == Experiment()


def test_a_run_is_logged_and_opens_again_by_its_link(house):
    app = linked(Experiment(), "Keep and share")
    app.button(key="kernel-learning.log").click().run()
    assert not app.exception
    store = Store(house)
    (run,) = kept(store, KIND)
    assert store.get(run.run_id, "kernel.npy")

    experiment = begun(Experiment(crop=32), "colour")
    film = filmed(experiment, task_of(experiment), again(experiment))
    run_id = keep(store, film)
    app = opened(PAGE)
    app.query_params["run"] = run_id
    app.run()
    assert shown(app).setup == experiment
    assert app.query_params["experiment"] == experiment.to_link()


def test_a_long_run_waits_to_be_asked_for(house):
    app = opened(PAGE)
    shown(app).setup = begun(Experiment(crop=256), "photograph").configured(
        steps=2000, kernel_size=5
    )
    app.run()
    assert "press **Learn**" in words(app)
    assert not app.exception


def test_a_kernel_that_ran_away_is_kept_from_the_other_pages_only(house):
    app = linked(Experiment(), "Keep and share")
    app.number_input(key="kernel_learning.steps").set_value(100).run()
    app.number_input(key="kernel_learning.learning_rate").set_value(1.0).run()
    assert not app.exception
    assert "between −1e9 and 1e9" in app.error[0].value.replace("\\", "")
    assert "kernel-learning.log" in [button.key for button in app.button]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_and_its_tabs_open(house, task):
    app = linked(begun(Experiment(crop=32), task).configured(steps=20))
    assert shown(app).setup.task == task
    assert shown(app).learned.whole
    for tab in PANELS:
        app.session_state["kernel_learning.tabs"] = tab
        app.run()
        assert not app.exception
        assert not app.error
        if tab == "Gradient":
            assert "The gradient of weight **row 0, column 0**" in words(app)
        if tab == "PyTorch code":
            assert app.code


def test_undo_leads_back_and_reset_to_the_beginning(house):
    app = opened(PAGE)
    app.number_input(key="kernel_learning.steps").set_value(12).run()
    app.number_input(key="kernel_learning.seed").set_value(7).run()
    app.button(key="kernel_learning.undo").click().run()
    assert shown(app).setup == Experiment().configured(steps=12)
    assert shown(app).learned.film.last.step == 12
    app.button(key="kernel_learning.reset").click().run()
    assert shown(app).setup == Experiment()
    app.button(key="kernel_learning.undo").click().run()
    assert shown(app).setup.config.steps == 12


def test_lenets_lesson(house):
    app = linked(Experiment(), "Rate too large")
    app.slider(key="kernel_learning.lenet_steps").set_value(20).run()
    app.toggle(key="kernel_learning.lenet_on").set_value(True).run()
    assert not app.exception
    assert "At 0.03 the loss rises in" in words(app)
    assert "in 0. A step beyond" in words(app)  # at the suggested rate


@pytest.mark.parametrize(
    "experiment",
    [
        pytest.param(
            Experiment().configured(learning_rate=0.02, steps=50, bias=True, noise=0.1), id="bar"
        ),
        pytest.param(
            with_filter(Experiment(task="photograph", photograph="flower", crop=40), "emboss"),
            id="photograph",
        ),
        pytest.param(begun(Experiment(), "pictures").configured(optimizer="newton"), id="pictures"),
    ],
)
def test_a_link_restores_the_screen(house, experiment):
    app = linked(experiment)
    assert not app.exception
    assert not app.error
    assert shown(app).setup == experiment
    assert app.query_params["experiment"] in (experiment.to_link(), [experiment.to_link()])
    config = experiment.config
    assert app.selectbox(key="kernel_learning.task").value == experiment.task
    assert app.selectbox(key="kernel_learning.optimizer").value == config.optimizer
    assert app.number_input(key="kernel_learning.noise").value == config.noise
    assert shown(app).learned.whole


def test_it_says_before_training_why_plain_descent_will_not_do(house):
    app = linked(with_filter(begun(Experiment(crop=64), "photograph"), "gaussian"))
    assert "over 10,000 steps: neighbouring pixels are alike" in words(app)


def test_a_long_run_is_looked_at_while_it_learns_and_stops_when_asked(house, monkeypatch):
    monkeypatch.setattr(learning, "_UNSEEN", 0.1)
    app = opened(PAGE)
    app.query_params["experiment"] = (
        begun(Experiment(crop=256), "photograph").configured(steps=10_000).to_link()
    )
    app.run()
    app.button(key="kernel_learning.learn").click().run()
    first = len(shown(app).learned.events)
    assert "Learning … Step" in words(app)
    app.run()
    assert len(shown(app).learned.events) > first
    app.button(key="kernel_learning.stop").click().run()
    assert f"Stopped after {len(shown(app).learned.events) - 1:,} steps" in words(app)
    assert shown(app).learned.film.last.step == len(shown(app).learned.events) - 1
    taken = len(shown(app).learned.events)
    app.run()
    assert len(shown(app).learned.events) == taken
    assert not app.exception
