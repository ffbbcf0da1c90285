"""Functions whose gradients are written out instead of being recorded operation by operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

Values: TypeAlias = "Callable[..., Tensor]"
Pullback: TypeAlias = "Callable[..., Tensor]"


def with_gradient(values: Values, pullback: Pullback, x: Tensor, *constants: Any) -> Tensor:
    r"""Evaluate ``values(x, *constants)``, with the gradient of x written out.

    Autograd keeps and reads an array for nearly every operation, which costs more than the
    operations themselves. Written out, a gradient often follows from x and the result.

    Args:
        values: maps x and the constants to y.
        pullback: maps (x, y, g, \*constants) to the gradient of x, where g is that of y; made of
            ordinary operations, so that it is differentiable again.
        x: data.
        constants: further arguments: numbers, tuples of them, and tensors of integers.

    Returns:
        y.

    Example:
        >>> x = torch.tensor(3.0, requires_grad=True)
        >>> y = with_gradient(torch.exp, lambda x, y, g: g * y, x)
        >>> torch.equal(*torch.autograd.grad(y, x), y.detach())
        True
    """
    if torch.compiler.is_compiling():
        # Traced programs do not know forward mode, and refuse functions that have it.
        return Traced.apply(values, pullback, x, constants)
    try:
        return Plain.apply(values, pullback, x, constants)
    except RuntimeError:  # refused by torch.func and by forward mode, before anything is computed
        return Transformable.apply(values, pullback, x, constants)


class Plain(torch.autograd.Function):
    """The function in the form with the least bookkeeping (90 us less than :class:`Traced`)."""

    @staticmethod
    def forward(
        ctx: Any, values: Values, pullback: Pullback, x: Tensor, constants: tuple[Any, ...]
    ) -> Tensor:
        """The value."""
        y = values(x, *constants)
        ctx.pullback, ctx.constants = pullback, constants
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        """The gradient of x."""
        return None, None, ctx.pullback(*ctx.saved_tensors, g, *ctx.constants), None


class Traced(torch.autograd.Function):
    """The function in the form that compilers and exporters take."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        values: Values, pullback: Pullback, x: Tensor, constants: tuple[Any, ...]
    ) -> Tensor:
        """The value."""
        return values(x, *constants)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what the pullback takes."""
        _, ctx.pullback, x, ctx.constants = inputs
        ctx.save_for_backward(x, output)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        """The gradient of x."""
        return None, None, ctx.pullback(*ctx.saved_tensors, g, *ctx.constants), None


class Transformable(Traced):
    """The function in the form that ``torch.func`` and forward mode take."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what the pullback takes, for both modes."""
        _, ctx.pullback, x, ctx.constants = inputs
        ctx.save_for_backward(x, output)
        ctx.save_for_forward(x, output)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        """The derivative along a direction: the pullback is linear in g, this is its transpose."""
        x, y = ctx.saved_tensors
        transpose: Any = torch.func.vjp(
            lambda g: ctx.pullback(x, y, g, *ctx.constants), torch.zeros_like(y)
        )[1]
        (tangent,) = transpose(tangents[2])
        return tangent
