"""The linear compression: fixed numbers or matrices, nothing learned."""

from __future__ import annotations

from rpn_zoo.functions.basic import Linear
from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.registry import register


@register
class LinearCompression(Linear, Compression):
    r"""A fixed linear map of the data, by the first that is given of c, pre_C, post_C.

    .. math::
        \kappa(x) = c \cdot x \quad\text{or}\quad C_{pre}\, x \quad\text{or}\quad x\, C_{post}
        \quad\text{or}\quad x

    A matrix given as nested lists stands in the config; one given as a tensor has no config.

    Args:
        m: input width; D = m, or k with ``post_C``.
        c: a number, or numbers that broadcast against (b, m).
        pre_C: matrix (b, b) on the left: mixes the rows of batches of exactly b rows.
        post_C: matrix (m, k) on the right.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a shape that does not fit; at the call, for a batch that pre_C (or a c with
            as many rows) was not made for.

    Example:
        >>> import torch
        >>> LinearCompression(m=2, post_C=[[1.0], [10.0]])(torch.tensor([[2.0, 3.0]]))
        tensor([[32.]])
    """

    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: linear)"
