"""What people type, upload and link to, by accident or on purpose."""

import io
import random
from collections.abc import Sequence

import numpy as np
from PIL import Image

TEXTS = (
    "", " ", "\t\n", "0", "-1", "1e309", "nan", "∞", "½", "١٢٣", "0x10", "\x00", "\u202eolleh",
    "🙂" * 60, "𝕏 ＝ １", "a" * 5000, "1 " * 3000, "(" * 300,
    "</script><img src=x onerror=alert(1)><!--", "**b** $x^2$ :red[r] :material/home: [l](//e)",
    "max(w) - min(w)", "sqrt(mean(w**2))", "w**w**w", "1/0", "log(0*w)", "__import__('os')",
    "1 2\n3", "1 2\n3 4", "1, -1", "[[1, 2], [3, 4]]", "[[[1]], [[2]]]", "1e400 0\n0 1", "1;2",
    "'; DROP TABLE runs; --", "metrics.best_loss < 1", "params.channels = '4'", "tags.`a b` = ''",
    "../../etc/passwd", "/no/such/folder", "~", "owner=ada", "convlab.kind=x", "=", "a=b=c", "100%",
)  # fmt: skip
WHOLE = (-(2**53) + 1, -1, 0, 1, 2, 3, 5, 17, 64, 1000, 10**6, 2**53 - 1)
REAL = (-1e300, -1.0, -1e-9, 0.0, 1e-12, 0.01, 0.034, 0.5, 1.0, 3.0, 1e12, 1.7e308)


def text(draw: random.Random, longest: int = 0) -> str:
    """Return a text, as long as its field lets it be; 0 is no limit."""
    if draw.random() < 0.2:
        chosen = "".join(chr(draw.randrange(1, 0xD800)) for _ in range(draw.randrange(1, 40)))
    else:
        chosen = draw.choice(TEXTS)
    return chosen[:longest] if longest else chosen


def upload(draw: random.Random, endings: Sequence[str]) -> tuple[str, bytes, str]:
    """Return name, bytes and kind of a file: a picture, a damaged one, or none at all."""
    chance = np.random.default_rng(draw.randrange(2**32))
    pixels = chance.integers(0, 256, (draw.randrange(1, 40), draw.randrange(1, 40)), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, draw.choice(("PNG", "JPEG", "WEBP")))
    data = bytearray(file.getvalue())
    damage = draw.choice(("none", "none", "cut", "bits", "random", "empty"))
    if damage == "cut":
        data = data[: draw.randrange(len(data))]
    elif damage == "bits":
        for _ in range(draw.randrange(1, 9)):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    elif damage == "random":
        data = draw.randbytes(draw.randrange(1, 2000))
    elif damage == "empty":
        data = b""
    name = draw.choice(("photo", "../../etc/passwd", "<b>", "ünïcödé 🙂", "a" * 300))
    return name + draw.choice(list(endings)), bytes(data), "image/png"
