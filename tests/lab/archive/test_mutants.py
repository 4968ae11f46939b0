"""Archives with chance changes: each is refused, or is imported as the run that it was."""

import json
import random
from contextlib import suppress
from dataclasses import replace

import pytest

from convcore.errors import ConvcoreError
from lab.archive import export, read, take_in
from lab.archive.record import to_json
from tests.lab.archive.archives import DATA, FILES, RECORD, packed, unpacked


def flipped(chance: random.Random) -> bytes:
    mutant = bytearray(DATA)
    for _ in range(chance.choice([1, 1, 2, 8])):
        # Half of them among the headers at the end, which are few bytes.
        start = chance.choice([0, len(DATA) - 700])
        mutant[chance.randrange(start, len(DATA))] ^= 1 << chance.randrange(8)
    return bytes(mutant)


def cut(chance: random.Random) -> bytes:
    start, length = chance.randrange(len(DATA)), chance.choice([1, 22, 500, len(DATA)])
    return DATA[:start] + DATA[start + length :]


def swapped(chance: random.Random) -> bytes:
    contents = unpacked()
    one, another = chance.sample(sorted(contents), 2)
    contents[one], contents[another] = contents[another], contents[one]
    return packed(contents)


def lost(chance: random.Random) -> bytes:
    contents = unpacked()
    del contents[chance.choice(sorted(contents))]
    return packed(contents)


@pytest.mark.parametrize("mutation", [flipped, cut, swapped, lost], ids=lambda f: f.__name__)
def test_a_mutated_archive_is_refused_or_imported_right(other, mutation):
    imported = set()
    for seed in range(25):
        mutant = mutation(random.Random(seed))
        with suppress(ConvcoreError):
            imported.add(take_in(other, mutant))
        assert {run.run_id for run in other.runs()} == imported
    assert len(imported) <= 1
    for run_id in imported:
        again = read(export(other, run_id))
        same = replace(again.record, run_id=RECORD.run_id, tags={}, files={})
        assert to_json(same) == to_json(replace(RECORD, tags={}))
        assert dict(again.files()) == FILES


def test_a_mutated_record_is_refused_or_read_as_it_says():
    text, refusals = unpacked()["run.json"], 0
    for seed in range(300):
        chance, mutant = random.Random(seed), bytearray(text)
        for _ in range(chance.choice([1, 2])):
            mutant[chance.randrange(len(text))] = chance.choice(b'0129-."[]{},:eN \\\x00\xff')
        try:
            record = read(packed(unpacked() | {"run.json": bytes(mutant)})).record
        except ConvcoreError:
            refusals += 1
        else:
            assert json.loads(to_json(record)) == json.loads(bytes(mutant))
    assert refusals > 100
