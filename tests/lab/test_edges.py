"""From a setup to its maps, its link and its run."""

import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from convcore import edges, kernels
from convcore.errors import ConvcoreError
from lab.edges import EdgeSetup, anatomy, compute, drawing, inspecting, keeping, pictures, scoring
from lab.edges.setup import BORDERS, COLOURS, OWN, VIEWS
from lab.edges.starts import STARTS
from lab.keeping import kept
from lab.playground import Setup
from lab.playground.compute import compute as in_playground
from lab.store import Store

OWN_NUMBERS = ((1.0, -2.5, 0.0), (1e-7, 3.0, -1.0))
SETUPS = [
    pytest.param(EdgeSetup(), id="first"),
    pytest.param(EdgeSetup(picture="cifar10:17", colour="channels", view="edges"), id="cifar"),
    pytest.param(
        EdgeSetup(kernel="Gabor", parameters=(("angle", 30.5), ("size", 9))), id="parameters"
    ),
    pytest.param(EdgeSetup(kernel="Kirsch", parameters=(("direction", "NW"),)), id="a word"),
    pytest.param(EdgeSetup(kernel=OWN, numbers=OWN_NUMBERS, transpose_kernel=True), id="own"),
    pytest.param(
        EdgeSetup(noise=0.05, salt=1.5, blur=2.1, low=3.0, high=4.5, level=0.1), id="sliders"
    ),
]


@pytest.mark.parametrize("setup", SETUPS)
def test_the_link_restores_every_setting(setup):
    assert EdgeSetup.from_link(setup.to_link()) == setup


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"view": "nonsense"}, id="view"),
        pytest.param({"noise": "nan"}, id="not a number"),
        pytest.param({"noise": "-1"}, id="below"),
        pytest.param({"low": "50", "high": "40"}, id="order"),
        pytest.param({"numbers": "1_2~3", "kernel": OWN}, id="uneven"),
        pytest.param({"numbers": "1_x", "kernel": OWN}, id="letters"),
        pytest.param({"numbers": "_".join("1" * 32), "kernel": OWN}, id="too wide"),
        pytest.param({"kernel": OWN}, id="no numbers"),
        pytest.param({"parameters": "size"}, id="parameter"),
        pytest.param({"transpose_picture": "1"}, id="yes or no"),
        pytest.param({"what": "1"}, id="unknown"),
        pytest.param({"picture": "../../etc/passwd"}, id="path"),
    ],
)
def test_an_altered_link_is_one_sentence(query):
    with pytest.raises(ConvcoreError, match="edges: "):
        EdgeSetup.from_query(query)


@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(EdgeSetup(picture="nobody"), id="picture"),
        pytest.param(EdgeSetup(kernel="Nobody"), id="kernel"),
        pytest.param(EdgeSetup(parameters=(("size", 3),)), id="parameter"),
        pytest.param(EdgeSetup(kernel="Box", parameters=(("size", 10**6 + 1),)), id="size"),
        pytest.param(EdgeSetup(kernel="Box", parameters=(("size", 4),)), id="even"),
        pytest.param(
            EdgeSetup(picture="bar", kernel="Box", parameters=(("size", 31),), border="valid"),
            id="too large",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(setup):
    with pytest.raises(ConvcoreError):
        compute.view(setup, pictures.bundled(setup.picture))


def test_a_large_picture_is_not_filtered_channel_by_channel():
    large = pictures.Picture("large", np.zeros((2001, 3000, 3), dtype=np.uint8))
    with pytest.raises(ConvcoreError, match="6 megapixels"):
        compute.view(EdgeSetup(colour="channels"), large)


def test_the_starts_give_the_figures_of_c1_and_c2():
    def answer(name):
        setup = STARTS[name].setup
        return compute.view(setup, pictures.bundled(setup.picture))

    bar, diagonal = edges.black_bar().expected, edges.diagonal().expected
    assert torch.equal(answer("c1"), bar)
    assert not answer("c1-upright").any()
    assert torch.equal(answer("c2"), diagonal)
    assert torch.equal(answer("c2-picture"), diagonal)
    assert torch.equal(answer("c2-kernel"), diagonal.mT)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("border", BORDERS)
def test_the_response_is_torchs(colour, border):
    setup = EdgeSetup(picture="chelsea", colour=colour, border=border, kernel="Prewitt")
    picture = pictures.bundled("chelsea")
    x = torch.tensor(picture.pixels).permute(2, 0, 1).double() / 255
    weight = kernels.prewitt("x", dtype=torch.float64)[None, None]
    if colour == "luminance":
        x = (x * torch.tensor([0.2126, 0.7152, 0.0722]).double().view(3, 1, 1)).sum(0, keepdim=True)
    elif colour != "channels":
        x = x[["red", "green", "blue"].index(colour)][None]
    if border == "valid":
        wanted = F.conv2d(x[:, None], weight)
    else:
        mode = {"zeros": "constant"}.get(border, border)
        wanted = F.conv2d(F.pad(x[:, None], (1,) * 4, mode=mode), weight)
    found = compute.response(setup, picture)
    torch.testing.assert_close(
        found.double().reshape(wanted[:, 0].shape), wanted[:, 0], atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["bar", "retina"])
def test_what_is_sent_is_no_larger_than_seen(view, name):
    setup = EdgeSetup(picture=name, view=view, kernel="Scharr")
    picture = pictures.bundled(name)
    rows, columns = picture.pixels.shape[:2]
    factor = -(-max(rows, columns) // drawing.SEEN)
    for draw in (drawing.before, drawing.after):
        drawn = Image.open(io.BytesIO(draw(setup, picture)))
        assert drawn.size == (-(-columns // factor), -(-rows // factor))
    box = drawing.cut_box((rows, columns), (0.25, 0.25, 0.5, 0.5))
    close = Image.open(io.BytesIO(drawing.after(setup, picture, box)))
    assert close.size == (round(box[2] * columns), round(box[3] * rows))


def test_a_thin_line_does_not_fade_when_it_is_sent_smaller():
    line = torch.zeros(2000, 2000)
    line[:, 777], line[:, 778] = 1, -0.5
    drawn = np.asarray(Image.open(io.BytesIO(drawing.signed(line, 1.0))).convert("RGB"))
    assert (drawn[:, 777 // 3] == (178, 24, 43)).all()


def test_the_edges_are_those_of_the_library_and_near_scikit_images():
    pytest.importorskip("skimage", reason="scikit-image's Canny is the oracle")
    setup = EdgeSetup(picture="coins", view="edges", blur=1.5, border="replicate")
    picture = pictures.bundled("coins")
    low, high = compute.levels(setup, picture)
    plain = torch.tensor(picture.pixels) / 255
    ours = compute.view(setup, picture)
    assert torch.equal(ours, edges.canny(plain, 1.5, low, high).edges)
    theirs = scoring.scikit_edges(setup, picture)
    assert (ours & theirs).sum() / (ours | theirs).sum() >= 0.9


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "setup",
    [
        pytest.param(EdgeSetup(picture="bar"), id="fits"),
        pytest.param(EdgeSetup(picture="bar", kernel="Nobody"), id="kernel"),
        pytest.param(
            EdgeSetup(picture="bar", kernel="Box", parameters=(("size", 15),)), id="mirror"
        ),
        pytest.param(
            EdgeSetup(picture="bar", kernel="Box", parameters=(("size", 15),), border="zeros"),
            id="zeros",
        ),
        pytest.param(
            EdgeSetup(picture="bar", kernel="Box", parameters=(("size", 7),), border="valid"),
            id="valid",
        ),
        pytest.param(
            EdgeSetup(picture="bar", kernel=OWN, numbers=((1.0,) * 8,), border="valid"),
            id="wide",
        ),
        pytest.param(
            EdgeSetup(picture="bar", kernel=OWN, numbers=((1.0,),) * 8, border="valid",
                      transpose_picture=True),
            id="turned",
        ),
    ],
)  # fmt: skip
def test_what_can_be_computed_is_known_beforehand(setup, view):
    setup, picture = setup.changed(view=view), pictures.bundled("bar")
    told = []
    for act in (compute.view, compute.check):
        try:
            act(setup, picture)
            told.append(None)
        except ConvcoreError as error:
            told.append(str(error))
    assert told[0] == told[1]


def test_scharr_reads_a_wave_best_and_a_ramp_tells_nothing():
    prewitt, sobel, scharr = scoring.readings()
    assert [each.kernel for each in (prewitt, sobel, scharr)] == ["Prewitt", "Sobel", "Scharr"]
    assert max(each.ramp for each in (prewitt, sobel, scharr)) < 1e-9
    assert (prewitt.wave, sobel.wave) == pytest.approx((6.992, 2.886), abs=1e-3)
    assert scharr.wave == pytest.approx(0.2606, abs=1e-3)


def test_both_ways_of_a_separable_kernel_are_measured():
    weights = compute.kernel(EdgeSetup(kernel="Gaussian"))
    assert anatomy.separates(weights)
    assert not anatomy.separates(compute.kernel(EdgeSetup(kernel="Laplacian")))
    assert not anatomy.separates(compute.kernel(EdgeSetup(kernel="Derivative")))
    assert all(time > 0 for time in anatomy.measured(weights, torch.rand(40, 50)))


@pytest.mark.parametrize("colour", ["luminance", "channels"])
def test_the_playground_computes_the_same_number(colour):
    setup = EdgeSetup(picture="coffee", colour=colour, kernel="Gaussian")
    picture, pin = pictures.bundled("coffee"), (100, 203)
    pixel = inspecting.inspect(setup, picture, pin)
    near = Setup.from_link(inspecting.in_playground(setup, picture, pin).to_link())
    answer = compute.response(setup, picture)[..., *pin]
    assert float(answer.max()) == pytest.approx(pixel.total, abs=1e-5) or colour == "channels"
    assert float(in_playground(near)[0, 2, 2]) == pytest.approx(pixel.total, abs=1e-5)


def test_a_pixel_at_the_border_meets_less_and_still_leads_to_the_playground():
    setup, picture = EdgeSetup(), pictures.bundled("camera")
    assert inspecting.inspect(setup, picture, (0, 0)) is None
    assert inspecting.in_playground(setup, picture, (0, 511)).size == (7, 7)


def test_a_derivative_is_silent_below_its_order():
    weights = compute.kernel(EdgeSetup(kernel="Derivative", parameters=(("order", 4),)))
    assert weights.shape == (1, 5)
    assert [value for _, value in anatomy.on_polynomials(weights, 4)] == [0, 0, 0, 0, 24]


def test_the_frequency_response_is_the_fourier_transforms():
    weights = compute.kernel(EdgeSetup(kernel="Sobel"))
    gain = anatomy.frequency_response(weights)
    assert gain[32, 32] == pytest.approx(0, abs=1e-12)
    padded = torch.zeros(64, 64, dtype=torch.float64)
    padded[:3, :3] = weights
    wanted = torch.fft.fftshift(torch.fft.fft2(padded).abs())
    torch.testing.assert_close(gain[:64, :64], wanted)


def test_a_run_holds_the_setup_the_exact_map_and_the_scores(house):
    store, setup = Store(house), EdgeSetup(picture="coins", kernel="Scharr", view="strength")
    picture = pictures.bundled("coins")
    run_id = keeping.keep(store, setup, picture)
    (run,) = kept(store, keeping.KIND)
    assert (run.run_id, run.status) == (run_id, "FINISHED")
    assert keeping.kept_setup(store, run_id) == setup
    exact = np.load(io.BytesIO(store.get(run_id, "strength.npy")))
    np.testing.assert_array_equal(exact, compute.view(setup, picture).numpy())
    assert 0.9 < run.metrics["merit"] <= 1
    assert Image.open(io.BytesIO(store.get(run_id, "strength.png"))).format == "PNG"
