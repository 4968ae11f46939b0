"""Kernel learning in a real browser: the film, a clicked weight, the address, Stop."""

import re

from playwright.sync_api import Page, expect

from lab.kernel_learning import Experiment
from lab.kernel_learning.begin import begun

CELLS = "button.convlab-film-cell"


def numbers(page: Page) -> list[float]:
    return [float(cell.get_attribute("data-value")) for cell in page.locator(CELLS).all()]


def test_the_film_is_played_stepped_and_asked_for_a_gradient(app, page):
    page.goto(app.url + "/kernel_learning")
    counter = page.locator(".convlab-film-step")
    expect(counter).to_have_text("step 30 of 30")
    first, second = numbers(page)
    assert abs(first - 1) < 1e-3
    assert abs(second + 1) < 1e-3

    page.get_by_label("First step").click()
    expect(counter).to_have_text("step 0 of 30")
    assert numbers(page) != [first, second]
    page.get_by_label("Step forward").click()
    expect(counter).to_have_text("step 1 of 30")
    page.get_by_label("Step back").click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(counter).to_have_text("step 30 of 30")
    assert numbers(page) == [first, second]

    page.get_by_role("tab", name="Gradient").first.click()
    page.get_by_label("Step", exact=True).fill("4")
    page.locator(CELLS).nth(1).click()
    expect(page.get_by_text("row 0, column 1 at step 4").first).to_be_visible()
    expect(counter).to_have_text("step 4 of 30")  # the answer leaves the film where it is
    tab = page.get_by_role("tab", name="Gradient").first
    expect(tab).to_have_attribute("aria-selected", "true")


def test_the_address_holds_the_experiment_and_the_back_button_leads_back(app, page):
    page.goto(app.url + "/kernel_learning")
    page.wait_for_url(re.compile("experiment="))
    rate = page.get_by_role("spinbutton", name="Learning rate").first
    expect(rate).to_have_value("0.03")
    other = Experiment().configured(learning_rate=0.02)
    page.goto(f"{app.url}/kernel_learning?experiment={other.to_link()}")
    expect(rate).to_have_value("0.02")
    page.go_back()
    expect(rate).to_have_value("0.03")


def test_a_long_run_is_looked_at_while_it_learns_and_stops_when_asked(app, page):
    long = begun(Experiment(crop=256), "photograph").configured(steps=10_000)
    page.goto(f"{app.url}/kernel_learning?experiment={long.to_link()}")
    page.get_by_role("button", name=re.compile(r"Learn \(about")).first.click()
    expect(page.get_by_text(re.compile(r"Step [\d,]+ of 10,000")).first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile("Stopped after")).first).to_be_visible()
    expect(page.locator(CELLS)).to_have_count(9)
