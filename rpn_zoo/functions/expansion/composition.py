"""Expansions made of expansions: side by side, or one after the other."""

from __future__ import annotations

from rpn_zoo.functions.basic import Extended, Nested
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.registry import register


@register
class ExtendedExpansion(Extended, Expansion):
    r"""Several expansions of the same data side by side: [f_1(x), f_2(x), ...].

    Each inner expansion keeps its own pre- and post-processing and is a registered submodule.

    Args:
        m: input width; D is the sum of the widths of the inner expansions.
        functions: configs (or ready modules) of one or more expansions.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the expanded data.
        generator: what inner functions that draw draw from; None: a new one with seed 0.

    Example:
        >>> import torch
        >>> f = ExtendedExpansion(m=1, functions=["identity_expansion", "chebyshev_expansion"])
        >>> f(torch.tensor([[2.0]]))
        tensor([[2., 2., 7.]])
    """

    source = "RPN, arXiv:2407.04819, section 5.1 (extended expansion)"
    kinds = ("expansion",)


@register
class NestedExpansion(Nested, Expansion):
    r"""Expansions one after the other: f_k(... f_2(f_1(x))).

    Each inner expansion keeps its own pre- and post-processing and is a registered submodule. A
    post-processing must keep the width if another expansion follows.

    Args:
        m: input width; D is the width of the last expansion.
        functions: configs (or ready modules) of expansions; an empty list is the identity.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the expanded data.
        generator: what inner functions that draw draw from; None: a new one with seed 0.

    Example:
        >>> import torch
        >>> f = NestedExpansion(m=1, functions=["chebyshev_expansion", "taylor_expansion"])
        >>> f(torch.tensor([[2.0]]))
        tensor([[ 2.,  7.,  4., 14., 14., 49.]])
    """

    source = "RPN, arXiv:2407.04819, section 5.1 (nested expansion)"
    kinds = ("expansion",)
