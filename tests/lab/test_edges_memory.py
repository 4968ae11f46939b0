"""Damaged pictures by the hundred: a sentence each, and the process stays small."""

import json
import subprocess
import sys

import pytest

from lab.settings import PROJECT

DECODE = """
import io, json, re, struct, zlib
from pathlib import Path
import numpy as np
from PIL import Image
from convcore.errors import ConvcoreError
from lab.edges import pictures

chance = np.random.default_rng(5)
pixels = chance.integers(0, 256, (160, 200, 3), dtype=np.uint8)
whole = []
for kind in ("PNG", "JPEG", "WEBP"):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    whole.append(bytearray(stream.getvalue()))

def huge(data):
    "A PNG whose header says 20 megapixels, with a checksum that fits."
    head = data[:16] + struct.pack(">II", 5000, 4000) + data[24:29]
    return head + struct.pack(">I", zlib.crc32(head[12:])) + data[33:]

told = 0
for count in range(500):
    damaged = bytearray(whole[count % 3])
    if count % 30 == 0:
        damaged = huge(damaged)
    for place in chance.integers(0 if count % 30 else 40, len(damaged), 1 + count % 8):
        damaged[place] = chance.integers(0, 256)
    if count % 2:
        del damaged[chance.integers(1, len(damaged)):]
    try:
        pictures.own(bytes(damaged), "mine.png")
    except ConvcoreError:
        told += 1
# Not getrusage: its maximum begins with that of the process that started this one.
(most,) = re.findall(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps([told, int(most)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the greatest size is counted in KiB there")
def test_five_hundred_damaged_uploads_stay_under_a_gigabyte():
    done = subprocess.run(
        [sys.executable, "-c", DECODE], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told, most = json.loads(done.stdout)
    assert told > 250
    assert most < 1_000_000  # KiB
