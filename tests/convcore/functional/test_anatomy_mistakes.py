import pytest

from convcore import functional
from convcore.errors import ConvcoreError
from tests.convcore.oracle import numbers

WRONG = [
    pytest.param(
        lambda x, w: functional.contributions(x.tolist(), w, position=(0, 0, 0)),
        ["contributions", "type=list", "torch.as_tensor()"],
        id="no-tensor",
    ),
    pytest.param(lambda x, w: functional.conv_matrix(w.numpy(), 5), ["type=ndarray"], id="numpy"),
    pytest.param(lambda x, w: functional.patches(x.tolist(), 2), ["type=list"], id="a-list"),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(4, 0, 0)),
        ["contributions", "position=(4, 0, 0)", "within (4, 3, 2)", "(0, 0, 0) to (3, 2, 1)"],
        id="channel-outside",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(0, 0, -1)),
        ["position=(0, 0, -1)", "to (3, 2, 1)"],
        id="pixel-outside",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, position=(0, 0)),
        ["position=(0, 0)", "3 ints"],
        id="position-too-short",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x[None], w, position=(0, 0, 0)),
        ["shape=(1, 2, 5, 4)", "batch", "x[0]"],
        id="a-batch",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x, w, groups=2, position=(0, 0, 0)),
        ["contributions", "groups=2", "Change"],
        id="groups-do-not-fit",
    ),
    pytest.param(
        lambda x, w: functional.contributions(
            x, w, padding=9, padding_mode="reflect", position=(0, 0, 0)
        ),
        ["contributions", "padding=((9, 9), (9, 9))", "reflect", "less padding"],
        id="nothing-to-reflect",
    ),
    pytest.param(
        lambda x, w: functional.contributions(x[0, 0], w[0, 0], position=(0,)),
        ["shape=(3, 3)", "1, 2 or 3"],
        id="weight-without-channels",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (2, 4)),
        ["conv_matrix", "spans 3×3", "only 2×4", "more padding"],
        id="kernel-too-large",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), groups=3),
        ["conv_matrix", "groups=3"],
        id="matrix-groups-do-not-fit",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), groups=0), ["groups=0"], id="no-groups"
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4, 3)), ["size=(5, 4, 3)", "2 ints"], id="size"
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), padding="SAME"),
        ["padding='SAME'"],
        id="SAME",
    ),
    pytest.param(
        lambda x, w: functional.conv_matrix(w, (5, 4), padding_mode="mirror"),
        ["conv_matrix", "padding_mode='mirror'"],
        id="unknown-mode",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, 6),
        ["patches", "spans 6", "only 4"],
        id="patch-too-large",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, (2, 2), stride=0),
        ["stride=0", "at least 1"],
        id="stride",
    ),
    pytest.param(lambda x, w: functional.patches(x, 2.5), ["kernel_size=2.5"], id="half-a-cell"),
    pytest.param(
        lambda x, w: functional.patches(x[0], (2, 2)),
        ["shape=(5, 4)", "(C, H, W)"],
        id="patch-rank",
    ),
    pytest.param(
        lambda x, w: functional.patches(x, (2, 2, 2, 2)), ["4 spatial axes"], id="too-many-axes"
    ),
    pytest.param(lambda x, w: functional.coverage((), 3), ["size=()", "0 spatial"], id="no-axes"),
    pytest.param(lambda x, w: functional.coverage((8, 0), 3), ["size=(8, 0)"], id="no-pixels"),
    pytest.param(
        lambda x, w: functional.coverage(8, 3, padding=-1),
        ["padding=-1", "at least 0"],
        id="padding",
    ),
    pytest.param(
        lambda x, w: functional.padding_influence((4, 4), (3, 3, 3)),
        ["padding_influence", "kernel_size=(3, 3, 3)", "2 ints"],
        id="kernel-per-axis",
    ),
    pytest.param(
        lambda x, w: functional.padding_influence(4, 3, 2, "same"), ['"same"', "stride"], id="same"
    ),
]


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_wrong_calls_are_told_values_rule_and_a_way_out(call, words):
    with pytest.raises(ConvcoreError) as error:
        call(numbers(2, 5, 4), numbers(4, 2, 3, 3))
    assert all(word in str(error.value) for word in words), str(error.value)
