"""Compressions made of transformations: side by side, or one after the other."""

from __future__ import annotations

from rpn_zoo.functions.basic import Extended, Nested
from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.registry import register


@register
class ExtendedCompression(Extended, Compression):
    r"""Several compressions (or expansions) of the same data side by side: [f_1(x), f_2(x), ...].

    Each inner function keeps its own pre- and post-processing and is a registered submodule.

    Args:
        m: input width; D is the sum of the widths of the inner functions.
        functions: configs (or ready modules) of one or more compressions or expansions.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: what inner functions that draw draw from; None: a new one with seed 0.

    Example:
        >>> import torch
        >>> f = ExtendedCompression(m=2, functions=["max_compression", "identity_compression"])
        >>> f(torch.tensor([[2.0, 7.0]]))
        tensor([[7., 2., 7.]])
    """

    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: extended)"
    stateful = True
    fitted = True
    random = True


@register
class NestedCompression(Nested, Compression):
    r"""Compressions (and expansions) one after the other: f_k(... f_2(f_1(x))).

    Each inner function keeps its own pre- and post-processing and is a registered submodule. A
    post-processing must keep the width if another function follows.

    Args:
        m: input width; D is the width of the last function.
        functions: configs (or ready modules) of compressions and expansions; an empty list is the
            identity.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: what inner functions that draw draw from; None: a new one with seed 0.

    Example:
        >>> import torch
        >>> f = NestedCompression(m=2, functions=["taylor_expansion", "max_compression"])
        >>> f(torch.tensor([[2.0, 7.0]]))
        tensor([[49.]])
    """

    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: nested)"
    stateful = True
    fitted = True
    random = True
