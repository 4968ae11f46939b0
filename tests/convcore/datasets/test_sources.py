from convcore import datasets
from tests.convcore.datasets.pictures import GREY, encoded, make_folder, make_zip, parted, pets


def test_sources_list_what_can_be_trained_on_with_counts(tmp_path):
    make_zip(tmp_path / "pets.zip", parted())
    make_folder(tmp_path / "grey", dict.fromkeys(pets(20, 11), encoded(GREY, mode="L")))
    make_folder(tmp_path / "digits", pets())  # called as the bundled ones are
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.zip").write_text("x")
    found = {source.name: source for source in datasets.sources(tmp_path)}
    assert list(found) == ["digits", "cifar10", "./digits", "grey", "pets.zip"]
    for name in ("./digits", "grey", "pets.zip"):
        source, loaded = (
            found[name],
            datasets.load_now(name, root=tmp_path, cache=tmp_path / ".cache"),
        )
        assert source == datasets.describe(name, tmp_path)
        assert (source.train, source.test) == (len(loaded.train), len(loaded.test))
        assert (source.in_shape, source.classes) == (loaded.in_shape, len(loaded.classes))
        assert source.ready
    assert (
        found["grey"].about == "31 grey pictures (8×8) in 2 classes, a fifth held out for testing."
    )


def test_sources_of_a_folder_that_is_not_there_are_the_bundled_ones(tmp_path):
    found = datasets.sources(tmp_path / "nowhere")
    assert [(source.name, source.ready) for source in found] == [
        ("digits", True),
        ("cifar10", False),
    ]


def test_a_data_set_is_found_by_any_path(tmp_path):
    elsewhere = make_folder(tmp_path / "elsewhere/pets", pets())
    for name in (str(elsewhere), "../elsewhere/pets"):
        (tmp_path / "root").mkdir(exist_ok=True)
        loaded = datasets.load_now(name, root=tmp_path / "root", cache=tmp_path / ".cache")
        assert loaded.name == name == datasets.describe(name, tmp_path / "root").name


def test_a_replaced_zip_is_described_anew(tmp_path):
    make_zip(tmp_path / "pets.zip", parted(6))
    assert datasets.describe("pets.zip", tmp_path).train == 12
    make_zip(tmp_path / "pets.zip", parted(7))
    assert datasets.describe("pets.zip", tmp_path).train == 14


def test_digits_are_as_described_and_use_the_whole_range(tmp_path, load):
    loaded, source = load("digits"), datasets.describe("digits", tmp_path)
    assert (source.train, source.test) == (len(loaded.train), len(loaded.test)) == (1438, 359)
    assert source.in_shape == loaded.in_shape == (1, 8, 8)
    assert loaded.classes == tuple("0123456789")
    assert (loaded.train.images.min(), loaded.train.images.max()) == (0, 255)
    assert set(loaded.test.labels.bincount().tolist()) <= {35, 36, 37}
    assert load("digits").fingerprint == loaded.fingerprint
