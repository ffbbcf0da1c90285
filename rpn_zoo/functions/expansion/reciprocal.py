"""The reciprocal expansion."""

from __future__ import annotations

from rpn_zoo.functions.basic import Reciprocal
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.registry import register


@register
class ReciprocalExpansion(Reciprocal, Expansion):
    r"""The reciprocal of every input, :math:`1 / x`, with |x| kept at 1e-6 or more.

    Inputs in [-1e-6, 0) count as -1e-6 and those in [0, 1e-6] (-0 included) as 1e-6; their gradient
    is 0. The input itself is not modified.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> ReciprocalExpansion(m=3)(torch.tensor([[2.0, -0.5, 0.0]]))
        tensor([[ 5.0000e-01, -2.0000e+00,  1.0000e+06]])
    """

    source = "RPN, arXiv:2407.04819, section 5.1 (reciprocal expansion)"
