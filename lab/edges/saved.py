"""Kernels that people gave a name, in one small file beside the runs, for all who share the folder.

The file is JSON: each name with its rows of numbers.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from convcore.errors import ConvcoreError
from lab.edges.setup import OWN, EdgeSetup

FILE = "kernels.json"
MOST = 100  # kernels in one file
_LONGEST_NAME = 40  # characters
_MOST_BYTES = 4_000_000  # MOST kernels of the greatest size take less

Numbers = tuple[tuple[float, ...], ...]
T = TypeVar("T")


def saved(folder: Path) -> dict[str, Numbers]:
    """Return the saved kernels by name, in the order of their names.

    Raises:
        ConvcoreError: the file is damaged or cannot be read.
    """
    path = folder / FILE
    try:
        if not path.exists():
            return {}
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES:,} bytes")
        found = _checked(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise _unreachable(error) from None
    except (ValueError, OverflowError, RecursionError, ConvcoreError):
        raise ConvcoreError(
            f"kernels: the file {FILE} beside the runs is damaged, so no saved kernel can be "
            "shown. Mend it, or move it away to begin anew."
        ) from None
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def save(folder: Path, name: str, numbers: Numbers, taken: tuple[str, ...] = ()) -> str:
    """Save a kernel and return its name as it is kept.

    Args:
        taken: names that it may not have, besides those of the saved ones.

    Raises:
        ConvcoreError: a name that does not do or is taken, numbers that are no kernel or are saved
            already, or a file that cannot be read or written.
    """
    numbers = _kernel(numbers)

    def add(found: dict[str, Numbers]) -> str:
        for other, kept in found.items():
            if kept == numbers:
                raise ConvcoreError(
                    f"kernels: these numbers are saved as {other!r} already. Rename that one."
                )
        if len(found) >= MOST:
            raise ConvcoreError(
                f"kernels: {len(found)} kernels are saved, and {MOST} is the most. Delete one "
                "first."
            )
        fitting = _free_name(name, (*found, *taken))
        found[fitting] = numbers
        return fitting

    return _changed(folder, add)


def rename(folder: Path, old: str, new: str, taken: tuple[str, ...] = ()) -> str:
    """Give a saved kernel another name and return it as it is kept.

    Raises:
        ConvcoreError: as `save`, or there is none of the old name.
    """

    def move(found: dict[str, Numbers]) -> str:
        numbers = _found(found, old)
        del found[old]
        fitting = _free_name(new, (*found, *taken))
        found[fitting] = numbers
        return fitting

    return _changed(folder, move)


def delete(folder: Path, name: str) -> None:
    """Delete a saved kernel.

    Raises:
        ConvcoreError: there is none of that name, or a file that cannot be read or written.
    """

    def drop(found: dict[str, Numbers]) -> None:
        _found(found, name)
        del found[name]

    _changed(folder, drop)


def _changed(folder: Path, change: Callable[[dict[str, Numbers]], T]) -> T:
    """Read, change and write the file while nobody else does."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{FILE}.lock", timeout=10):
            found = saved(folder)
            answer = change(found)
            # Whoever reads meanwhile sees the old file or the new one, never half of one.
            draft = folder / f"{FILE}.new"
            draft.write_text(json.dumps(found, indent=1), encoding="utf-8")
            draft.replace(path)
    except Timeout:
        raise ConvcoreError(
            f"kernels: somebody else has been writing {FILE} for 10 seconds. Try again."
        ) from None
    except OSError as error:
        raise _unreachable(error) from None
    return answer


def _checked(content: object) -> dict[str, Numbers]:
    if not isinstance(content, Mapping):
        raise ValueError("not names with numbers")
    return {_fitting(name): _kernel(rows) for name, rows in content.items()}


def _kernel(rows: object) -> Numbers:
    """Return `rows` as numbers of a kernel, checked as on the page."""
    if not isinstance(rows, list | tuple) or not all(isinstance(r, list | tuple) for r in rows):
        raise ValueError("not rows of numbers")
    if not all(type(cell) in (int, float) for row in rows for cell in row):
        raise ValueError("not numbers")
    numbers = tuple(tuple(map(float, row)) for row in rows)
    return EdgeSetup(kernel=OWN, numbers=numbers).numbers


def _fitting(name: str) -> str:
    """Return the name without spaces around it, if it does."""
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ConvcoreError(
            f"kernels: name={name[: _LONGEST_NAME + 1]!r} must be 1 to {_LONGEST_NAME} characters "
            "in one line. Choose another."
        )
    return name


def _free_name(name: str, taken: tuple[str, ...]) -> str:
    name = _fitting(name)
    if name.casefold() in (other.casefold() for other in taken):
        raise ConvcoreError(f"kernels: the name {name!r} is taken. Choose another.")
    return name


def _found(found: dict[str, Numbers], name: str) -> Numbers:
    if name not in found:
        raise ConvcoreError(
            f"kernels: there is no {name!r} any more; somebody has renamed or deleted it. Choose "
            "from the list."
        )
    return found[name]


def _unreachable(error: OSError) -> ConvcoreError:
    return ConvcoreError(
        f"kernels: {FILE} beside the runs can't be used: {error.strerror or error}. See that its "
        "folder may be read and written."
    )
