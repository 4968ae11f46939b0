"""A text in an address: packed to be short, and unpacked with care."""

import base64
import binascii
import zlib

from convcore.errors import ConvcoreError

_LIMIT = 200_000  # characters; far more than any screen has to say


def packed(text: str) -> str:
    """Return `text` as the value of a query parameter."""
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(page: str, link: str) -> str:
    """Return the text that `packed` was given.

    Args:
        page: whose link it is, for the error.

    Raises:
        ConvcoreError: the link is cut or altered, or would unpack to far too much.
    """
    try:
        raw = base64.b64decode(link + "=" * (-len(link) % 4), b"-_", validate=True)
        unpacker = zlib.decompressobj()  # a short link may claim to unpack to gigabytes
        plain = unpacker.decompress(raw, _LIMIT)
        whole = unpacker.eof and len(link) <= _LIMIT
    except (binascii.Error, ValueError, zlib.error):
        whole = False
    if not whole:
        raise ConvcoreError(
            f"{page}: the link is cut or altered, so it can't be read. Copy it again, whole."
        )
    return plain.decode("utf-8", "replace")
