from itertools import count

import pytest
from playwright.sync_api import Page

from tests.browser.stepper.page import settle, wait_until_said

VISITS = count()  # so that every test gets a stepper of its own


@pytest.fixture(scope="module")
def address(served):
    return served("stepper.py")


@pytest.fixture(scope="module")
def window(chromium, address):
    """One page for a file's tests: a page's first load costs more than a test."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.frames_sent, page.complaints = [], []
    page.on("websocket", lambda s: s.on("framesent", lambda _: page.frames_sent.append(1)))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    page.goto(address)
    yield page
    page.close()


@pytest.fixture
def opened(window):
    """Opens a scene in a stepper of its own; what the browser complains about fails the test."""

    def opened(scene: str) -> Page:
        asked = f"{scene} {next(VISITS)}"
        window.mouse.move(5, 5)
        window.evaluate("document.querySelectorAll('.convlab-stepper').forEach(n => n.old = true)")
        window.get_by_label("Scene").fill(asked)
        window.get_by_label("Scene").press("Enter")
        wait_until_said(window, lambda heard: heard["asked"] == asked)
        window.wait_for_function(
            """() => {
              const all = [...document.querySelectorAll('.convlab-stepper')];
              return all.length === 1 && !all[0].old && all[0].querySelector('.convlab-head');
            }"""
        )
        settle(window)
        return window

    yield opened
    window.set_viewport_size({"width": 1400, "height": 900})
    assert not window.complaints
