"""What the tests of faults share: a store, chance by a seed, words to whoever runs them."""

import random
from collections.abc import Callable

import pytest

from lab.store import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def tell(pytestconfig) -> Callable[[str], None]:
    """Says what was seen on the terminal of whoever runs the tests."""
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")

    def told(line: str) -> None:
        if reporter:  # side by side there is none
            with capture.global_and_fixture_disabled():
                reporter.write_line(line)
                reporter.flush()

    return told


@pytest.fixture
def draw(request) -> random.Random:
    """Chance by a seed that is the test's own name, so that a failure comes again."""
    return random.Random(request.node.name)
