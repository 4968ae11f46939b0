import math

import pytest

from convcore.errors import ConvcoreError
from convcore.kernel_learning import LearnConfig


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"learning_rate": 0}, "above 0", id="no-rate"),
        pytest.param({"learning_rate": -0.1}, "above 0", id="uphill"),
        pytest.param({"learning_rate": math.inf}, "above 0", id="infinite-rate"),
        pytest.param({"learning_rate": math.nan}, "above 0", id="NaN-rate"),
        pytest.param({"steps": 10_001}, "steps=10001", id="steps-over-the-limit"),
        pytest.param({"steps": 2.5}, "type int", id="half-a-step"),
        pytest.param({"kernel_size": (3, 16)}, "between 1 and 15", id="large-kernel"),
        pytest.param({"kernel_size": (3, 0)}, "at least 1", id="empty-kernel"),
        pytest.param({"kernel_size": "3"}, "neither an int", id="kernel-in-letters"),
        pytest.param({"padding": -1}, "at least 0", id="negative-padding"),
        pytest.param({"start": "given"}, "start_weight", id="nothing-given"),
        pytest.param({"optimizer": "SGD"}, "Choose sgd, momentum", id="wrong-case"),
        pytest.param({"noise": math.nan}, "noise=nan", id="NaN-noise"),
        pytest.param({"speed": 2}, "unknown setting speed", id="unknown"),
    ],
)
def test_config_says_what_is_wrong(changes, says):
    with pytest.raises(ConvcoreError, match=says):
        LearnConfig().changed(changes)


@pytest.mark.parametrize("text", ["{", "[1]", '{"steps": null}'])
def test_config_refuses_other_json(text):
    with pytest.raises(ConvcoreError, match="LearnConfig"):
        LearnConfig.from_json(text)


def test_json_restores_every_setting():
    changes = {
        "kernel_size": 2,
        "start": "given",
        "start_weight": [[0.1, -3], [1, 0]],
        "bias": True,
    }
    config = LearnConfig().changed(changes | {"start_bias": [0.5], "noise": 1})
    assert LearnConfig.from_json(config.to_json()) == config
    assert config.kernel_size == (2, 2)
