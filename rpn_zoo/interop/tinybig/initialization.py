"""Initial values as tinybig draws them, each head by its own method."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.interop.tinybig.plans import HeadPlan, LayerPlan, NetworkPlan
from rpn_zoo.nn import RPN, Head, Layer

Draw = Callable[[Tensor, float], None]


def initialize(module: nn.Module, plan: HeadPlan | LayerPlan | NetworkPlan, seed: int) -> None:
    """Draw all parameters of a head, layer or network anew.

    The fans are those of the flat parameter arrays (C, l), which say nothing of the fabricated
    matrices: for comparison with tinybig only.

    Args:
        module: made from the plan.
        plan: names each head's method.
        seed: of a generator of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    for head, head_plan in _heads(module, plan):
        _initialize_head(head, head_plan.init_method, generator)
    for layer in module.modules():
        if isinstance(layer, Layer) and layer.fusion is not None:
            length = getattr(layer.fusion, "l", 0)
            if length:
                _uniform(generator)(layer.fusion.w, 1 / math.sqrt(length))


def _heads(
    module: nn.Module, plan: HeadPlan | LayerPlan | NetworkPlan
) -> Iterator[tuple[Head, HeadPlan]]:
    if isinstance(plan, HeadPlan):
        assert isinstance(module, Head)
        yield module, plan
    elif isinstance(plan, LayerPlan):
        assert isinstance(module, Layer)
        for head, head_plan in zip(module.heads, plan.heads, strict=True):
            yield from _heads(head, head_plan)
    else:
        assert isinstance(module, RPN)
        for layer, layer_plan in zip(module.layers, plan.layers, strict=True):
            yield from _heads(layer, layer_plan)


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
    if head.channel_fusion is not None and getattr(head.channel_fusion, "l", 0):
        draw(head.channel_fusion.w, scale(1, head.channel_fusion.l))
    kaiming = method == "kaiming_uniform"
    if head.bias is not None:
        draw(head.bias, scale(1, length) if kaiming else scale(n, 1))
    w, b = getattr(remainder, "w", None), getattr(remainder, "b", None)
    if w is not None:
        draw(w, scale(remainder.n, remainder.m))
    if b is not None:
        draw(b, scale(1, remainder.m) if kaiming else scale(n, 1))


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
