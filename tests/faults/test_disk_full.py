"""A full disk in the middle of a training: a clear end, nothing damaged, and it can go on."""

import pickle
import shutil
import subprocess
import sys

import pytest

from lab.settings import PROJECT
from tests.trainings import CONFIG

# A disk of its own, which nobody else sees and which goes with the process.
_SMALL_DISK = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
_SMALL_DISK += ['mount -t tmpfs -o size=16m none "$CONVLAB_MLRUNS" && exec "$0" "$@"']


def may_mount() -> bool:
    """Whether this machine lets us have such a disk; many containers do not."""
    trial = [*_SMALL_DISK[:-1], "mount -t tmpfs none /mnt"]
    try:
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_training_on_a_full_disk_fails_with_the_reason_and_goes_on_once_there_is_room(
    bare_house, empty_store, undisturbed, tmp_path, rounds
):
    wanted = tmp_path / "undisturbed.pickle"
    wanted.write_bytes(pickle.dumps(undisturbed(CONFIG)))
    training = [sys.executable, "-m", "tests.faults.full_disk", empty_store, wanted]
    ways = [[*training, "--limit"]]
    if may_mount():
        ways = [[*_SMALL_DISK, *training], *ways]
    for command in ways[: rounds(1, whole=2)]:
        bare_house.mlruns.mkdir()
        seen = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        assert seen.returncode == 0, seen.stderr
        shutil.rmtree(bare_house.mlruns)
