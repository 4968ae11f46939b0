"""The kernel learning page, opened by a link, and what it shows."""

from tests.pages.test_pages import opened

PAGE = "pages/kernel_learning.py"


def shown(app):
    return app.session_state["kernel_learning.now"]


def linked(experiment, tab="Race"):
    """The page as a link to `experiment` opens it."""
    app = opened().switch_page(PAGE)
    app.session_state["kernel_learning.tabs"] = tab
    app.query_params["experiment"] = experiment.to_link()
    return app.run()
