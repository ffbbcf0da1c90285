"""Initial values as tinybig draws them, each head by its own method."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.functions.remainder import LinearRemainder
from rpn_zoo.interop.tinybig.plans import Plan, head_plans
from rpn_zoo.nn import Head, Layer

Draw = Callable[[Tensor, float], None]


def initialize(module: nn.Module, plan: Plan, seed: int) -> None:
    """Draw all parameters of a head, layer or network anew.

    The fans are those of the flat parameter arrays (C, l), which say nothing of the fabricated
    matrices: for comparison with tinybig only.

    Args:
        module: made from the plan.
        plan: names each head's method.
        seed: of a generator of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    heads = [head for head in module.modules() if isinstance(head, Head)]
    for head, head_plan in zip(heads, head_plans(plan), strict=True):
        _initialize_head(head, head_plan.init_method, generator)
    for layer in module.modules():
        if isinstance(layer, Layer):
            for w in _weights(layer.fusion):
                _uniform(generator)(w, 1 / math.sqrt(w.numel()))


def _initialize_head(head: Head, method: str, generator: torch.Generator) -> None:
    """Draw w, w_attribute_interdependence ... of one head.

    ==================== =========================== ===================== ======================
    method               (C, l)                      w_remainder (n, m)    b, b_remainder (n)
    ==================== =========================== ===================== ======================
    xavier_uniform       U(+-sqrt(6 / (l + C)))      sqrt(6 / (n + m))     sqrt(6 / (n + 1))
    xavier_normal        N(0, 2 / (l + C))           2 / (n + m)           2 / (n + 1)
    kaiming_uniform      U(+-1 / sqrt(l))            1 / sqrt(m)           1 / sqrt(l), 1 / sqrt(m)
    fanout_std_uniform   U(+-1 / sqrt(n))            the same              the same
    ==================== =========================== ===================== ======================
    """
    psi, remainder = head.reconciliation, head.remainder
    n = head.n if psi is None else psi.n
    length = 0 if psi is None else psi.l
    draw = _normal(generator) if method == "xavier_normal" else _uniform(generator)

    def scale(rows: int, columns: int) -> float:
        if method == "xavier_uniform":
            return math.sqrt(6 / (rows + columns))
        if method == "xavier_normal":
            return math.sqrt(2 / (rows + columns))
        return 1 / math.sqrt(columns if method == "kaiming_uniform" else n)

    if psi is not None and length:
        draw(psi.w, scale(head.channels, length))
    for functions in (head.attribute_interdependences, head.instance_interdependences):
        for function in functions:
            assert isinstance(function, Interdependence)
            for part in function.parts():
                draw(part, scale(head.channels, function.l))
    for w in _weights(head.channel_fusion):
        draw(w, scale(1, w.numel()))
    kaiming = method == "kaiming_uniform"
    if head.bias is not None:
        draw(head.bias, scale(1, length) if kaiming else scale(n, 1))
    if isinstance(remainder, LinearRemainder) and remainder.w is not None:
        draw(remainder.w, scale(remainder.n, remainder.m))
        if remainder.b is not None:
            draw(remainder.b, scale(1, remainder.m) if kaiming else scale(n, 1))


def _weights(fusion: nn.Module | None) -> list[Tensor]:
    """The parameters of a fusion, where there are any."""
    w = getattr(fusion, "w", None) if getattr(fusion, "l", 0) else None
    return [w] if isinstance(w, Tensor) else []


def _uniform(generator: torch.Generator) -> Draw:
    @torch.no_grad()
    def draw(w: Tensor, bound: float) -> None:
        u = torch.rand(w.shape, generator=generator, dtype=torch.float64)
        w.copy_((2 * u - 1) * bound)

    return draw


def _normal(generator: torch.Generator) -> Draw:
    @torch.no_grad()
    def draw(w: Tensor, std: float) -> None:
        w.copy_(torch.randn(w.shape, generator=generator, dtype=torch.float64) * std)

    return draw
