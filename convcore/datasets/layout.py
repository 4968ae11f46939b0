"""Which picture of an image folder belongs to which class and part, told by the paths alone."""

from dataclasses import dataclass

from convcore.datasets.folders import SUFFIXES, Entry, Listing
from convcore.datasets.pictures import share
from convcore.errors import ConvcoreError

TEST_FRACTION = 0.2  # of each class, where there is no test folder
_PARTS = {"train", "test", "val", "valid", "validation"}
_SHAPE = "Expected are train/<class>/ and test/<class>/, or <class>/ alone, with pictures in them."


@dataclass(frozen=True)
class Layout:
    """The pictures by part and class. Without a test folder, `test` is empty."""

    classes: tuple[str, ...]  # sorted
    train: list[tuple[Entry, int]]  # (picture, label), sorted by label and path
    test: list[tuple[Entry, int]]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, int]:
        """How many pictures are for training and for testing, after the split if one is made."""
        if self.test:
            return len(self.train), len(self.test)
        labels = [label for _, label in self.train]
        held_out = sum(
            share(labels.count(label), TEST_FRACTION) for label in range(len(self.classes))
        )
        return len(labels) - held_out, held_out


def arrange(listing: Listing) -> Layout:
    """Return the classes and parts of `listing`, which may have one wrapping top folder.

    Raises:
        ConvcoreError: no pictures, one class, a class without pictures, a train folder without a
            test folder, or other classes in the one than in the other.
    """
    if not listing.entries:
        raise ConvcoreError(
            f"data: there is no picture ({', '.join(SUFFIXES)}) in {listing.name}. {_SHAPE}"
        )
    top = _wrapper(listing)
    # A class may be called "train" too: then pictures lie in it, not folders.
    parts = {
        name.lower(): f"{top}{name}/"
        for name in _folders_in(listing, top)
        if name.lower() in _PARTS and _folders_in(listing, f"{top}{name}/")
    }
    if not parts:
        return _one_level(listing, top)
    if not {"train", "test"} <= set(parts):
        raise ConvcoreError(
            f"data: {listing.name} has a folder {' and '.join(sorted(parts))}, "
            f"but not both train and test with class folders in them. {_SHAPE}"
        )
    return _two_parts(listing, parts["train"], parts["test"])


def _wrapper(listing: Listing) -> str:
    """Return "name/" if all class folders lie in one top folder, else ""."""
    tops = {name for name, deeper, _ in (e.path.partition("/") for e in listing.entries) if deeper}
    if len(tops) != 1:
        return ""
    (name,) = tops
    is_wrapper = name.lower() not in _PARTS and _folders_in(listing, f"{name}/")
    return f"{name}/" if is_wrapper else ""


def _folders_in(listing: Listing, top: str) -> list[str]:
    below = (folder[len(top) :] for folder in listing.folders if folder.startswith(top))
    return sorted(name for name in below if name and "/" not in name)


def _one_level(listing: Listing, top: str) -> Layout:
    groups = _groups(listing, top)
    for name, entries in groups.items():
        if len(entries) == 1:
            raise ConvcoreError(
                f"data: class {name!r} of {listing.name} has a single picture, so none can be held "
                "out for testing. Add pictures of it, or remove the class."
            )
    train = _labelled(groups)
    split = (
        "There is no test folder, so a fifth of each class is held out for testing, "
        "drawn by a fixed seed.",
    )
    return Layout(tuple(groups), train, [], split + _left_out(listing, len(train)))


def _two_parts(listing: Listing, train_top: str, test_top: str) -> Layout:
    train, test = _groups(listing, train_top), _groups(listing, test_top)
    if train.keys() != test.keys():
        odd = ", ".join(sorted(train.keys() ^ test.keys()))
        raise ConvcoreError(
            f"data: train and test of {listing.name} do not have the same classes; "
            f"only in one of them: {odd}. Give both the same class folders."
        )
    both = _labelled(train), _labelled(test)
    return Layout(tuple(train), *both, _left_out(listing, sum(map(len, both))))


def _groups(listing: Listing, top: str) -> dict[str, list[Entry]]:
    """Return the pictures of every class folder in `top`, at any depth, sorted.

    Raises:
        ConvcoreError: there is one class only, or a class without a picture.
    """
    groups: dict[str, list[Entry]] = {name: [] for name in _folders_in(listing, top)}
    for entry in listing.entries:
        name, deeper, _ = entry.path[len(top) :].partition("/")
        if deeper and entry.path.startswith(top):
            groups[name].append(entry)
    empty = [name for name, entries in groups.items() if not entries]
    if empty:
        raise ConvcoreError(
            f"data: class {empty[0]!r} has no pictures ({listing.name}, folder {top}{empty[0]}). "
            "Add pictures, or remove the folder."
        )
    if len(groups) < 2:
        raise ConvcoreError(
            f"data: {listing.name} has {len(groups)} class{'' if groups else 'es'} "
            f"({', '.join(groups) or 'no class folders'}), but at least 2 are needed. {_SHAPE}"
        )
    return {name: sorted(entries) for name, entries in groups.items()}


def _labelled(groups: dict[str, list[Entry]]) -> list[tuple[Entry, int]]:
    return [(entry, label) for label, entries in enumerate(groups.values()) for entry in entries]


def _left_out(listing: Listing, used: int) -> tuple[str, ...]:
    count = len(listing.entries) - used
    if not count:
        return ()
    return (
        f"{count:,} {'picture' if count == 1 else 'pictures'} outside the class folders "
        "were left out.",
    )
