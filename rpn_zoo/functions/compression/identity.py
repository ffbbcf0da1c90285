"""The identity compression."""

from __future__ import annotations

from rpn_zoo.functions.basic import Identity
from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.registry import register


@register
class IdentityCompression(Identity, Compression):
    r"""The data as they are: :math:`\kappa(x) = x`, D = m.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> IdentityCompression(m=2)(torch.tensor([[1.0, -2.0]]))
        tensor([[ 1., -2.]])
    """

    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: identity)"
