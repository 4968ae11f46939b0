"""From the text of a formula to its parts, or to a sentence that says where it goes wrong."""

import ast
import difflib
import math
import re

from convcore.errors import ConvcoreError
from convcore.formula.parts import (
    CELLS,
    COUNT,
    OF_A_NUMBER,
    OF_THE_CELLS,
    OF_TWO,
    Part,
    Per,
    negative,
    number,
    of_each,
    of_the_cells,
    signed,
)

_LONGEST = 200  # characters
_DEEPEST = 20  # one inside the other
_LARGEST = 1e6  # magnitude of a number that is written, or worked out of such
_STEEPEST = 8  # magnitude of an exponent
_SHOWN = 30  # characters of the text in a message

_SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_NAMES = ["w", "n", "pi", "e"]
_FUNCTIONS = [*OF_THE_CELLS, *OF_A_NUMBER]
_ALLOWED = (
    f"A formula holds {', '.join(_NAMES)}, numbers, + - * / **, brackets, and of functions "
    f"{', '.join(_FUNCTIONS)}."
)
_REFUSED = {
    ast.Attribute: "attribute access",
    ast.Subscript: "a subscript",
    ast.Lambda: "a lambda",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a starred argument",
    ast.BoolOp: "a joining by and / or",
    ast.Compare: "a comparison",
    ast.IfExp: "a choice by if … else",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.List: "a list",
    ast.Tuple: "a tuple",
    ast.Set: "a set",
    ast.Dict: "a dictionary",
    ast.JoinedStr: "an f-string",
    ast.Constant: "a string or another value that is no number",
    ast.UnaryOp: "an operation other than + and -",
    ast.BinOp: "an operation other than + - * / and **",
}

_TYPED = str.maketrans("×·÷−", "**/-")  # one for one, so that columns stay
_UNREADABLE = re.compile(r"[^ -~]|[#\\]")
# 2w, 0x10, 1j, 1_000, 1in: some of them Python reads as one number or with a warning.
_NUMBER_LETTER = re.compile(r"(?<![\w.])(?>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[A-Za-z_]\w*")


class Reader:
    """Reads one text, and knows where in it every piece stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blanks = 0  # before the formula; the parser wants none

    def rule(self) -> Part:
        """Return the whole formula, seen to give one number per window.

        Raises:
            ConvcoreError: the first thing that is not as it must be.
        """
        self._check_text()
        part = self._read(self._parsed(), 0)
        if part.per is Per.CELL:
            raise ConvcoreError(
                f"Formula: text={self.text!r} gives one number per cell; a rule gives one per "
                "window. Wrap it in mean(…) or max(…)."
            )
        if part.per is Per.FORMULA:
            raise ConvcoreError(
                f"Formula: text={self.text!r} gives the same whatever the window holds; a rule is "
                "about the window. Use w in it, such as mean(w)."
            )
        return part

    def _check_text(self) -> None:
        if isinstance(self.text, str) and len(self.text) > _LONGEST:
            raise ConvcoreError(
                f"Formula: the text has {len(self.text):,} characters; at most {_LONGEST} are "
                "read. Write a shorter one."
            )
        if not isinstance(self.text, str) or not self.text.strip():
            raise ConvcoreError(
                f"Formula: text={self.text!r} holds no formula. Write what to make of the window "
                "w, such as mean(w) or max(w) - min(w)."
            )

    def _parsed(self) -> ast.expr:
        """The text split by Python's parser, once nothing in it can upset the parser."""
        plain = re.sub(r"\s", " ", self.text.translate(_TYPED))
        if found := _UNREADABLE.search(plain):
            raise self._error(found.start(), found.end(), "cannot be read", _ALLOWED)
        if found := _NUMBER_LETTER.search(plain):
            raise self._error(
                found.start(), found.end(), "runs a number into letters", "Write 2 * w, not 2w."
            )
        self.blanks = len(plain) - len(plain.lstrip())
        try:
            return ast.parse(plain.lstrip(), mode="eval").body
        except SyntaxError as error:
            raise self._unparsed(error) from None
        except (ValueError, RecursionError, MemoryError):
            raise ConvcoreError(
                f"Formula: text={self.text!r} is too tangled to read. Use fewer brackets."
            ) from None

    def _read(self, node: ast.expr, depth: int) -> Part:
        """The piece that `node` is; `depth` counts what it lies inside."""
        if depth > _DEEPEST:
            raise self._wrong(node, f"lies more than {_DEEPEST} deep", "Use fewer levels.")
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self._in_range(node, number(value))
            case ast.Name():
                return self._name(node)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._read(operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return negative(self._read(operand, depth + 1))
            case ast.BinOp(op=sign) if type(sign) in _SIGNS:
                return self._operation(node, depth)
            case ast.Call():
                return self._call(node, depth)
        refused = _REFUSED.get(type(node), "no arithmetic")
        raise self._wrong(node, f"is {refused}, which no formula may hold", _ALLOWED)

    def _name(self, node: ast.Name) -> Part:
        match node.id:
            case "w":
                return CELLS
            case "n":
                return COUNT
            case "pi" | "e":
                return number(getattr(math, node.id))
        if node.id in _FUNCTIONS:
            raise self._wrong(node, "is a function without its brackets", f"Write {node.id}(w).")
        close = difflib.get_close_matches(node.id.lower(), _NAMES + _FUNCTIONS, 1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise self._wrong(node, "is not a known name", meant + _ALLOWED)

    def _operation(self, node: ast.BinOp, depth: int) -> Part:
        """Two sides of a sign. A long sum hangs on its left side and is not deep."""
        left, right = self._read(node.left, depth), self._read(node.right, depth + 1)
        sign = _SIGNS[type(node.op)]
        if sign == "**" and (right.number is None or abs(right.number) > _STEEPEST):
            raise self._wrong(
                node.right,
                f"is no fixed exponent from -{_STEEPEST} to {_STEEPEST}",
                "Use a number, as in w**2.",
            )
        return self._in_range(node, signed(sign, left, right))

    def _call(self, node: ast.Call, depth: int) -> Part:
        name = self._function(node, depth)
        parts = [self._read(argument, depth + 1) for argument in node.args]
        most = 2 if name in OF_TWO else 1
        if not 1 <= len(parts) <= most:
            takes = "1 or 2" if most == 2 else "1"
            raise self._wrong(
                node, f"has {len(parts)} arguments; {name} takes {takes}", f"Write {name}(w)."
            )
        if len(parts) == 2 or name not in OF_THE_CELLS:
            return self._in_range(node, of_each(name, *parts))
        if parts[0].per is not Per.CELL:
            raise self._wrong(
                node.args[0],
                f"is a single number already, but {name} is of many",
                f"Leave {name} out, or give it one number per cell, as {name}(w).",
            )
        return of_the_cells(name, parts[0])

    def _function(self, node: ast.Call, depth: int) -> str:
        """The name of the function that is called, with nothing but plain arguments."""
        if node.keywords:
            raise self._wrong(node, "has a named argument, which no formula may hold", _ALLOWED)
        if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
            return node.func.id
        self._read(node.func, depth + 1)  # an unknown name, attribute access … says so itself
        raise self._wrong(
            node.func, "is no function, but a bracket follows it", "Put * between them."
        )

    def _in_range(self, node: ast.expr, part: Part) -> Part:
        """The part, seen to be no number that is too large, infinite or nan."""
        if part.number is None or abs(part.number) <= _LARGEST:
            return part
        raise self._wrong(
            node,
            f"comes to {part.source}; numbers go from -{_LARGEST:,.0f} to {_LARGEST:,.0f}",
            "Use another.",
        )

    def _unparsed(self, error: SyntaxError) -> ConvcoreError:
        """What Python's parser says; where the text breaks off it gives no column."""
        end = len(self.text.rstrip())
        start = self.blanks + (error.offset or 0) - 1
        return self._error(
            start if self.blanks <= start < end else end,
            end,
            f"does not go on as a formula ({error.msg})",
            "Give every sign its two sides and every bracket its partner, as in "
            "(max(w) + min(w)) / 2.",
        )

    def _wrong(self, node: ast.expr, wrong: str, way_out: str) -> ConvcoreError:
        start, end = self.blanks + node.col_offset, self.blanks + node.end_col_offset
        return self._error(start, end, wrong, way_out)

    def _error(self, start: int, end: int, wrong: str, way_out: str) -> ConvcoreError:
        """The error for the piece of text from `start` to `end`, which is `wrong`."""
        piece = self.text[start:end]
        if len(piece) > _SHOWN:
            piece = piece[: _SHOWN - 1] + "…"
        shown = repr(piece) if piece else "the end"
        return ConvcoreError(f"Formula: {shown} at column {start + 1} {wrong}. {way_out}")
