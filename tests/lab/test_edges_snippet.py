"""The screen as PyTorch code: it gives what the page shows."""

import io
from contextlib import redirect_stdout

import pytest
import torch

from lab.edges import EdgeSetup, compute, pictures
from lab.edges.setup import VIEWS
from lab.edges.snippet import snippet
from lab.edges.starts import STARTS


def ran(text: str) -> dict:
    names = {}
    with redirect_stdout(io.StringIO()):
        exec(text, names)
    return names


@pytest.mark.parametrize(
    "setup",
    [
        *[pytest.param(start.setup, id=name) for name, start in STARTS.items()],
        pytest.param(
            EdgeSetup(picture="coffee", colour="channels", noise=0.1, salt=2.0, blur=1.2),
            id="noisy",
        ),
        pytest.param(
            EdgeSetup(picture="china", colour="green", kernel="Derivative", border="valid",
                      view="strength"),
            id="valid-pair",
        ),
        pytest.param(EdgeSetup(picture="coins", kernel="Roberts", border="zeros"), id="even"),
        pytest.param(EdgeSetup(picture="rocket", view="threshold", border="circular"), id="mask"),
        pytest.param(
            EdgeSetup(picture="bar", transpose_picture=True, transpose_kernel=True), id="transposed"
        ),
    ],
)  # fmt: skip
def test_the_snippet_computes_what_is_shown(setup):
    pytest.importorskip("skimage.data", reason="the snippet takes its picture from there")
    picture = pictures.bundled(setup.picture)
    names = ran(snippet(setup, grey=picture.grey))
    if setup.view == "threshold":
        assert (names["mask"] != compute.view(setup, picture)).double().mean() < 1e-4
        return
    if setup.view == "response":
        found, wanted = names["response"], compute.response(setup, picture)
    else:
        found, wanted = names["strength"], compute.gradient(setup, picture).strength
    torch.testing.assert_close(found.reshape(wanted.shape).float(), wanted, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(EdgeSetup(picture="bar"), id="small"),
        pytest.param(EdgeSetup(picture="camera"), id="not smoothed"),
        pytest.param(EdgeSetup(picture="coffee", blur=1.5, colour="channels"), id="channels"),
        pytest.param(EdgeSetup(picture="page", kernel="Prewitt", border="valid"), id="valid"),
        pytest.param(EdgeSetup(picture="coins", blur=1.0, low=0.0, high=3.5), id="low"),
    ],
)
def test_the_snippet_of_every_view_gives_what_is_shown(setup, view):
    pytest.importorskip("skimage.data", reason="the snippet takes its picture from there")
    setup = setup.changed(view=view)
    picture = pictures.bundled(setup.picture)
    text = snippet(setup, grey=picture.grey)
    assert "convcore" not in text
    names, wanted = ran(text), compute.view(setup, picture)
    found = names["mask" if view == "threshold" else view].reshape(wanted.shape)
    # In faint pixels rounding decides: between equal neighbours, and which way 0 points.
    firm = compute.gradient(setup, picture).strength
    firm = (firm > 0.02 * firm.max()).expand(wanted.shape)
    if wanted.dtype == torch.bool:
        assert (found != wanted).double().mean() < 1e-4
        return
    off = (found - wanted)[firm]
    if view == "direction":
        off = (off + 180) % 360 - 180
    # Of equally strong channels or neighbours either may be taken.
    assert (off.abs() > 1e-3).double().mean() < 1e-3
