"""The identity expansion."""

from __future__ import annotations

from rpn_zoo.functions.basic import Identity
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.registry import register


@register
class IdentityExpansion(Identity, Expansion):
    r"""The data as they are: :math:`\kappa(x) = x`, D = m.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> IdentityExpansion(m=2)(torch.tensor([[1.0, -2.0]]))
        tensor([[ 1., -2.]])
    """

    source = "RPN, arXiv:2407.04819, section 5.1 (data expansion functions: identity)"
