import pytest
import torch

from convcore import datasets
from convcore.errors import ConvcoreError


def labelled(*stock: int) -> datasets.Pictures:
    """Return stock[k] pictures of class k, each with a value of its own."""
    labels = torch.cat([torch.full((count,), label) for label, count in enumerate(stock)])
    values = torch.arange(len(labels), dtype=torch.uint8)
    return datasets.Pictures(values[:, None, None, None].expand(-1, 1, 2, 2), labels)


@pytest.mark.parametrize(
    ("stock", "size", "want"),
    [
        pytest.param((20, 20, 20), 30, [10, 10, 10], id="even"),
        pytest.param((20, 20, 20), 2, None, id="fewer than classes"),
        pytest.param((20, 20, 20), 31, None, id="one over"),
        pytest.param((2, 20, 20), 30, [2, 14, 14], id="one class runs out"),
        pytest.param((2, 3, 20), 25, [2, 3, 20], id="all"),
    ],
)
def test_a_subset_is_balanced_as_far_as_the_stock_allows(stock, size, want):
    pictures = labelled(*stock)
    part = datasets.subset(pictures, size, seed=1)
    counts = part.labels.bincount(minlength=3).tolist()
    assert sum(counts) == len(part) == size
    if want is None:
        assert max(counts) - min(counts) == 1
    else:
        assert counts == want
    values = part.images[:, 0, 0, 0]
    assert torch.equal(values, values.unique())  # no picture twice, and in order
    assert torch.equal(part.labels, pictures.labels[values.long()])  # labels stay with pictures


def test_subsets_repeat_by_seed_differ_between_seeds_and_nest():
    def values(size, seed):
        return set(datasets.subset(labelled(30, 30), size, seed).images[:, 0, 0, 0].tolist())

    assert values(20, 1) == values(20, 1)
    assert values(20, 1) != values(20, 2)
    assert values(10, 1) < values(20, 1)
    assert {next(iter(values(1, seed))) < 30 for seed in range(10)} == {True, False}


def test_split_is_stratified_and_loses_nothing():
    pictures = labelled(50, 20, 2, 1)
    train, validation = datasets.split(pictures, 0.1, seed=3)
    assert validation.labels.bincount(minlength=4).tolist() == [5, 2, 1, 0]
    both = torch.cat([train.images, validation.images])[:, 0, 0, 0]
    assert sorted(both.tolist()) == list(range(73))
    again = datasets.split(pictures, 0.1, seed=3)[1]
    other = datasets.split(pictures, 0.1, seed=4)[1]
    assert torch.equal(again.images, validation.images)
    assert not torch.equal(other.images, validation.images)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(lambda: datasets.subset(labelled(3, 3), 7, 0), "size=7.*1 to 6", id="more"),
        pytest.param(lambda: datasets.subset(labelled(3, 3), 0, 0), "size=0", id="none"),
        pytest.param(lambda: datasets.split(labelled(3, 3), 1.0, 0), "fraction=1.0", id="all"),
        pytest.param(lambda: datasets.split(labelled(1, 1), 0.5, 0), "no two", id="singles"),
        pytest.param(
            lambda: datasets.Pictures(torch.zeros(2, 1, 4, 4), torch.zeros(2).long()),
            "must be uint8",
            id="float pictures",
        ),
        pytest.param(
            lambda: datasets.Pictures(
                torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3).long()
            ),
            "one int64 label per picture",
            id="a label too many",
        ),
    ],
)
def test_impossible_parts_are_refused(call, says):
    with pytest.raises(ConvcoreError, match=says):
        call()
