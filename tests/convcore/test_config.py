import json
from dataclasses import fields

import pytest

from convcore.config import PRESETS, TrainConfig, preset, remedied
from convcore.errors import ConvcoreError


def test_json_restores_every_setting():
    config = preset("remedy").changed({"data": "pets.zip", "seed": 7})
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"epochs": 0}, "epochs=0", id="below its bound"),
        pytest.param({"learning_rate": float("nan")}, "learning_rate=nan", id="NaN"),
        pytest.param({"epochs": 2.5}, "must be of type int", id="a share of an epoch"),
        pytest.param({"flip": 1}, "must be of type bool", id="a number for a switch"),
        pytest.param({"backend": "Torch"}, "Choose custom, torch", id="wrong case"),
        pytest.param({"kernel_size": 4}, "Use 3 or 5", id="even kernel"),
        pytest.param({"patience": 3}, "validation_fraction", id="patience without validation"),
        pytest.param({"learnig_rate": 0.1}, "unknown setting learnig_rate", id="misspelt"),
    ],
)
def test_a_wrong_value_is_named_with_the_rule(changes, says):
    with pytest.raises(ConvcoreError, match=says):
        TrainConfig().changed(changes)


@pytest.mark.parametrize("text", ["", "[1]", '{"epochs": "many"}', '{"other": 1}'])
def test_wrong_json_is_refused(text):
    with pytest.raises(ConvcoreError, match="TrainConfig"):
        TrainConfig.from_json(text)


def test_a_whole_number_stands_for_a_float():
    assert TrainConfig.from_json(json.dumps({"learning_rate": 1})).learning_rate == 1.0


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_valid_config(name):
    assert isinstance(preset(name), TrainConfig)


def test_an_unknown_preset_names_those_that_exist():
    with pytest.raises(ConvcoreError, match="first-steps"):
        preset("best")


def test_every_setting_explains_itself():
    assert all(spec.metadata["help"] for spec in fields(TrainConfig))


def test_the_remedy_keeps_what_was_there_and_never_mirrors_digits():
    strict = TrainConfig(data="digits", dropout=0.7, crop_padding=3)
    cured = remedied(strict, (1, 8, 8))
    assert (cured.dropout, cured.crop_padding, cured.flip) == (0.7, 3, False)
    assert remedied(TrainConfig(data="cifar10"), (3, 32, 32)).flip
