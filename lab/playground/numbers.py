"""What a person types or pastes → numbers; nothing of it is ever evaluated."""

import json
import math
import re

from convcore.errors import ConvcoreError
from lab.playground.setup import MOST_NUMBERS, Numbers, shape_of

_LIMIT = 40 * MOST_NUMBERS  # characters
_WAY_OUT = "Paste rows of numbers from a spreadsheet, or a Python list such as [[1, 2], [3, 4]]."


def parse_number(text: str) -> float:
    """The number that `text` is; a comma may stand for the point, − for the minus sign.

    Raises:
        ConvcoreError: not one finite number.
    """
    plain = text.strip().replace("−", "-").replace(",", ".")
    try:
        value = float(plain) if re.fullmatch(r"[-+.\deE]+", plain) else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e9:
        shown = text.strip()[:30] or "nothing"
        raise ConvcoreError(
            f"playground: “{shown}” is not a number to calculate with. Type a number such as 2, "
            "−0.5 or 1e-3, between −1e9 and 1e9."
        )
    return value


def parse_matrix(text: str) -> Numbers:
    """The numbers of a pasted matrix, as deep as they are nested; plain rows are two axes deep.

    Takes rows of a spreadsheet (tabs), lines parted by spaces, commas or semicolons, and Python
    or JSON lists. A blank line parts one matrix from the next: then the result is three deep.

    Raises:
        ConvcoreError: nothing, too much, something that is no number, or rows of unequal length.
    """
    if len(text) > _LIMIT:
        raise ConvcoreError(
            f"playground: the text has {len(text):,} characters; up to {_LIMIT:,} can be taken, "
            f"which is {MOST_NUMBERS:,} numbers. Cut out the part to be seen."
        )
    plain = text.strip(" \r\n").replace("−", "-")
    if not plain.strip():
        raise ConvcoreError(f"playground: the text is empty. {_WAY_OUT}")
    numbers = _from_list(plain) if plain[0] in "[(" else _from_rows(plain)
    _check(numbers)
    return numbers


def _from_list(text: str) -> Numbers:
    as_json = text.replace("(", "[").replace(")", "]")
    as_json = re.sub(r",\s*\]", "]", as_json)  # Python allows a comma after the last one
    as_json = re.sub(r"(?<![\d.])\.(?=\d)", "0.", as_json)
    as_json = re.sub(r"(?<=\d)\.(?!\d)", ".0", as_json)
    try:
        return json.loads(as_json, parse_constant=float)
    except (ValueError, RecursionError):
        raise ConvcoreError(
            f"playground: “{text[:40]}…” is not a list of numbers. {_WAY_OUT}"
        ) from None


def _from_rows(text: str) -> Numbers:
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    first = 1
    matrices = []
    for block in blocks:
        lines = block.strip("\n").splitlines()
        matrices.append([_row(line, first + number) for number, line in enumerate(lines)])
        first += len(lines)
    return matrices if len(matrices) > 1 else matrices[0]


def _row(line: str, number: int) -> list[float]:
    if "\t" in line or ";" in line:
        cells = re.split(r"[\t;]", line.strip(" \r\n"))  # a comma is a decimal comma here
    else:
        cells = re.split(r"\s*,\s*|\s+", line.strip().rstrip(","))
    row = []
    for column, cell in enumerate(cells, 1):
        try:
            row.append(parse_number(cell))
        except ConvcoreError:
            shown = cell.strip()[:30]
            raise ConvcoreError(
                f"playground: row {number}, number {column}: "
                f"{f'“{shown}” is not a number' if shown else 'a cell is empty'}. {_WAY_OUT}"
            ) from None
    return row


def _check(numbers: Numbers) -> None:
    level, count = [numbers], 0
    for _ in range(6):
        if not level or not any(isinstance(each, list) for each in level):
            break
        rows = [each for each in level if isinstance(each, list)]
        lengths = [len(row) for row in rows]
        if len(rows) != len(level):
            raise ConvcoreError(
                f"playground: in the list a number stands beside a list. {_WAY_OUT}"
            )
        if len(set(lengths)) != 1 or not lengths[0]:
            if not min(lengths):
                raise ConvcoreError(f"playground: a row of the list is empty. {_WAY_OUT}")
            odd = next((i for i, n in enumerate(lengths, 1) if n != lengths[0]), 1)
            if isinstance(rows[0][0], list):
                raise ConvcoreError(
                    f"playground: matrix 1 has {lengths[0]} rows, matrix {odd} has "
                    f"{lengths[odd - 1]}. Give every matrix the same size."
                )
            raise ConvcoreError(
                f"playground: the rows are not of one length: row 1 has {lengths[0]} numbers, row "
                f"{odd} has {lengths[odd - 1]}. Give every row the same number of numbers."
            )
        level = [each for row in rows for each in row]
        count = len(level)
    for value in level:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConvcoreError(f"playground: {str(value)[:30]!r} is not a number. {_WAY_OUT}")
        if not abs(value) <= 1e9:  # nor NaN, nor a whole number too long for a float
            raise ConvcoreError(
                f"playground: {str(value)[:30]} can't be calculated with here. Use numbers "
                "between −1e9 and 1e9."
            )
    if count > MOST_NUMBERS:
        raise ConvcoreError(
            f"playground: {count:,} numbers are too many to look at; {MOST_NUMBERS:,} can be "
            "taken. Cut out the part to be seen."
        )
    shape_of("the text", numbers)
