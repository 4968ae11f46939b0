"""Archives as files on this machine's disk."""

from contextlib import suppress
from pathlib import Path

from convcore.errors import ConvcoreError
from lab.archive.moving import export, take_in
from lab.archive.packing import MOST_PACKED
from lab.store import Store


def save(store: Store, run_id: str, path: Path) -> None:
    """Export a run to the file `path`, which is whole or stays as it was.

    Raises:
        ConvcoreError: as `export`, or the file can't be written.
    """
    data = export(store, run_id)
    draft = Path(f"{path}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise _unusable("export", path, error, "Name a file in a folder of yours.") from None


def load(store: Store, path: Path) -> str:
    """Import the file `path` and return the id of its run.

    Raises:
        ConvcoreError: as `take_in`, or the file can't be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_PACKED + 1)  # enough to see that it is too much
    except OSError as error:
        raise _unusable("import", path, error, "Name a file that `export` has written.") from None
    return take_in(store, data)


def _unusable(action: str, path: Path, error: OSError, way_out: str) -> ConvcoreError:
    return ConvcoreError(f"{action}: file={str(path)!r}: {error.strerror or error}. {way_out}")
