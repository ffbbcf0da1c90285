"""Formulas as text, evaluated on tensors: a small fixed language, nothing is ever executed."""

from __future__ import annotations

import ast
import keyword
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import nearest

Values: TypeAlias = Mapping[str, Tensor]
Number: TypeAlias = "float | Tensor"
Evaluate: TypeAlias = Callable[[Values], Number]


def _sinc(x: Tensor) -> Tensor:
    return torch.sinc(x / math.pi)


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "exp": torch.exp, "log": torch.log,
    "sqrt": torch.sqrt, "arcsin": torch.arcsin, "arccos": torch.arccos, "arctan": torch.arctan,
    "sinh": torch.sinh, "cosh": torch.cosh, "tanh": torch.tanh, "arcsinh": torch.arcsinh,
    "arccosh": torch.arccosh, "arctanh": torch.arctanh, "sinc": _sinc,
}  # fmt: skip
"""The functions of the language; ``sinc(u)`` is sin(u) / u, and 1 at u = 0."""

CONSTANTS = {"pi": math.pi}

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_LENGTH, _DEPTH = 10_000, 300


class Expression:
    """A formula of named variables.

    The language: numbers, the variables, ``pi``, ``+ - * / **``, parentheses, and :data:`FUNCTIONS`
    of one argument, as in ``exp(-(theta/sigma)**2/2)/sqrt(2*pi)``. ``**`` binds as in Python.
    Every other name is free for a variable (``gamma``, ``I``, ``E_n`` and so on).

    Args:
        text: the formula, at most 10,000 characters.
        variables: the names that may occur.

    Raises:
        ValueError: the text is not of the language, with the position; or a variable has a name
            that it cannot have.

    Example:
        >>> area = Expression("pi*r**2", ["r"])
        >>> area({"r": torch.tensor([1.0, 2.0])})
        tensor([ 3.1416, 12.5664])
        >>> Expression("2*x + sim(y)", ["x", "y"])
        Traceback (most recent call last):
            ...
        ValueError: unknown function 'sim' at position 7 of '2*x + sim(y)'. Did you mean sin,
        sinh, sinc?
    """

    def __init__(self, text: str, variables: Sequence[str]) -> None:
        self.text = text
        self.variables = tuple(variables)
        for name in self.variables:
            _check_name(name)
        if len(set(self.variables)) != len(self.variables):
            raise ValueError(f"variables must be different, got {', '.join(self.variables)}.")
        self._evaluate = _Compiler(text, self.variables).compile()

    def __call__(self, values: Mapping[str, Tensor]) -> Tensor:
        """Evaluate on tensors.

        Args:
            values: a floating point tensor for each variable; they broadcast. Results keep their
                dtype, device and gradients.

        Returns:
            The values, of the tensors' common shape. Outside of its domain a formula gives NaN or
            an infinity, not an error.

        Raises:
            ValueError: a variable is missing, unknown, or no floating point tensor.
        """
        missing = [name for name in self.variables if name not in values]
        unknown = [name for name in values if name not in self.variables]
        if missing or unknown:
            raise ValueError(
                f"values must be given for {', '.join(self.variables)}; missing: "
                f"{', '.join(missing) or 'none'}, unknown: {', '.join(unknown) or 'none'}."
            )
        for name, value in values.items():
            if not isinstance(value, Tensor) or not value.is_floating_point():
                kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
                raise ValueError(f"{name} must be a floating point tensor, got {kind}.")
        result = self._evaluate(values)
        shape = torch.broadcast_shapes(*(value.shape for value in values.values()))
        if not isinstance(result, Tensor):
            like = next(iter(values.values()), torch.empty(()))
            result = torch.full((), result, dtype=torch.float64).to(like)
        return result.expand(shape)

    def __reduce__(self) -> tuple[type[Expression], tuple[str, tuple[str, ...]]]:
        return type(self), (self.text, self.variables)

    def __repr__(self) -> str:
        return f"Expression({self.text!r}, {list(self.variables)!r})"


class _Compiler:
    """Turns the syntax tree into nested functions, once."""

    def __init__(self, text: str, variables: tuple[str, ...]) -> None:
        if not isinstance(text, str) or not text.strip() or len(text) > _LENGTH:
            raise ValueError(
                f"an expression must be text of 1 to {_LENGTH:,} characters, got "
                f"{repr(text)[:100]}."
            )
        self.given = text
        # Line ends and leading blanks mean something to the parser, a formula may have them.
        self.text = text.translate({10: 32, 13: 32}).lstrip()
        self.lead = len(text) - len(self.text)
        self.variables = variables

    def compile(self) -> Evaluate:
        if "#" in self.text:
            raise self._fault("no comments are allowed", self.given.index("#"))
        try:
            tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            place = 0 if error.offset is None else error.offset - 1 + self.lead
            raise self._fault(f"{error.msg}", place) from error
        except (RecursionError, MemoryError, ValueError) as error:
            raise self._fault(f"not readable ({error})", 0) from error
        result = self._build(tree.body, 0)
        if isinstance(result, float):
            return lambda values: result
        return result

    def _build(self, node: ast.expr, depth: int) -> float | Evaluate:
        """A number, where no variable is involved, else a function of the values."""
        if depth > _DEPTH:
            raise self._error(node, f"more than {_DEPTH} operations within each other")
        if isinstance(node, ast.Constant):
            return self._number(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            return _apply(_UNARY[type(node.op)], self._build(node.operand, depth + 1))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left, right = self._build(node.left, depth + 1), self._build(node.right, depth + 1)
            return _apply(_BINARY[type(node.op)], left, right)
        if isinstance(node, ast.Call):
            return _apply(self._function(node), self._build(node.args[0], depth + 1))
        hint = ""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            hint = "; a power is written **"
        allowed = "numbers, variables, + - * / ** and functions of one argument"
        raise self._error(node, f"only {allowed} are allowed{hint}")

    def _number(self, node: ast.Constant) -> float:
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            try:
                value = float(node.value)
            except OverflowError:
                value = math.inf
            if math.isfinite(value):
                return value
        raise self._error(node, f"{repr(node.value)[:40]} is no finite number")

    def _name(self, node: ast.Name) -> float | Evaluate:
        name = node.id
        if name in self.variables:
            return lambda values: values[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in FUNCTIONS:
            raise self._error(node, f"the function {name!r} without its argument in parentheses")
        known = [*self.variables, *CONSTANTS]
        raise self._error(node, f"unknown variable {name!r}", nearest(name, known))

    def _function(self, node: ast.Call) -> Callable[[Tensor], Tensor]:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
            raise self._error(node, f"unknown function {name!r}", nearest(name, FUNCTIONS))
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self._error(node, f"the function {node.func.id!r} takes one argument")
        return FUNCTIONS[node.func.id]

    def _error(self, node: ast.expr, what: str, hint: str = "") -> ValueError:
        # The parser counts bytes of UTF-8.
        before = self.text.encode()[: node.col_offset].decode()
        return self._fault(what, len(before) + self.lead, hint)

    def _fault(self, what: str, place: int, hint: str = "") -> ValueError:
        shown = repr(self.given if len(self.given) <= 200 else self.given[:200] + " ...")
        return ValueError(f"{what} at position {place + 1} of {shown}.{hint}")


def _apply(function: Callable[..., Any], *parts: float | Evaluate) -> float | Evaluate:
    """The function of its parts; a number at once if all of them are numbers."""
    if all(isinstance(part, float) for part in parts):
        # By tensors, where 1/0 is an infinity and (-1)**0.5 is NaN instead of an error.
        return float(function(*(torch.tensor(part, dtype=torch.float64) for part in parts)))
    if len(parts) == 1:
        (inner,) = parts
        assert callable(inner)
        return lambda values: function(inner(values))
    left, right = parts
    if isinstance(left, float):
        assert callable(right)
        return lambda values: function(left, right(values))
    if isinstance(right, float):
        return lambda values: function(left(values), right)
    return lambda values: function(left(values), right(values))


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise ValueError(f"a variable must be named by ASCII letters, digits and _, got {name!r}.")
    if keyword.iskeyword(name) or name in FUNCTIONS or name in CONSTANTS:
        raise ValueError(
            f"a variable must not be named like a function, a constant or a keyword, got {name!r}."
        )
