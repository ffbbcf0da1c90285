"""The reciprocal compression."""

from __future__ import annotations

from rpn_zoo.functions.basic import Reciprocal
from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.registry import register


@register
class ReciprocalCompression(Reciprocal, Compression):
    r"""The reciprocal of every input, :math:`1 / x`, with |x| kept at 1e-6 or more.

    Inputs in [-1e-6, 0) count as -1e-6 and those in [0, 1e-6] (-0 included) as 1e-6; their gradient
    is 0. The input itself is not modified.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> ReciprocalCompression(m=3)(torch.tensor([[2.0, -0.5, 0.0]]))
        tensor([[ 5.0000e-01, -2.0000e+00,  1.0000e+06]])
    """

    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: reciprocal)"
