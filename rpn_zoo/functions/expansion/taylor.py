"""Taylor's polynomial expansion: all products of up to d inputs."""

from __future__ import annotations

import logging

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

logger = logging.getLogger(__name__)


def kron_powers(x: Tensor, d: int) -> Tensor:
    r"""Concatenate x, x (x) x, ..., the d-fold Kronecker power of each row.

    Args:
        x: data of shape (b, m).
        d: highest order, >= 1.

    Returns:
        (b, m + m^2 + ... + m^d); the product :math:`x_{i_1} \cdots x_{i_p}` stands in block p at
        position :math:`i_1 m^{p-1} + \dots + i_p`. Costs b D products and numbers of memory.

    Example:
        >>> kron_powers(torch.tensor([[2.0, 3.0]]), 2)
        tensor([[2., 3., 4., 6., 6., 9.]])
    """
    powers = [x]
    for _ in range(d - 1):
        powers.append((powers[-1].unsqueeze(-1) * x.unsqueeze(-2)).flatten(1))
    return torch.cat(powers, dim=-1) if d > 1 else x


def kron_powers_moments(x: Tensor, d: int) -> tuple[Tensor, Tensor]:
    r"""Mean and population variance over the entries of :func:`kron_powers`, without building them.

    With mean mu and variance v of a row, block p has mean :math:`\mu^p` and variance
    :math:`(v+\mu^2)^p - \mu^{2p} = v \sum_j (v+\mu^2)^j \mu^{2(p-1-j)}`; the variance of all is the
    mean of the blocks' variances plus the variance of the blocks' means. Every term is
    non-negative, so nothing cancels, constant rows included. Costs O(b (m + d^2)).

    Args:
        x: data of shape (b, m).
        d: highest order, >= 1.

    Returns:
        mean and variance, each (b, 1).

    Example:
        >>> mean, var = kron_powers_moments(torch.tensor([[1.0, 1.0, 1.0]]), 2)
        >>> mean.item(), var.item()
        (1.0, 0.0)
    """
    m = x.shape[-1]
    total = sum(m**p for p in range(1, d + 1))
    weights = [m**p / total for p in range(1, d + 1)]
    mu = x.mean(-1, keepdim=True)  # torch.var_mean is several times slower on the CPU
    v = (x - mu).square().mean(-1, keepdim=True)
    if d == 1:
        return mu, v
    orders = torch.arange(1, d + 1, dtype=x.dtype, device=x.device)
    weight = torch.tensor(weights, dtype=x.dtype, device=x.device)
    means = mu**orders  # (b, d): the means of the blocks
    mean = (weight * means).sum(-1, keepdim=True)
    between = (weight * (means - mean).square()).sum(-1, keepdim=True)
    square = mu.square()
    within, block, power = weights[0] * v, v, square
    for p in range(1, d):  # block p + 1: (v + mu^2) (block p) + v mu^(2p)
        block = (v + square) * block + v * power
        power = power * square
        within = within + weights[p] * block
    return mean, within + between


@register
class TaylorExpansion(Expansion):
    r"""Taylor's polynomial expansion :math:`\kappa(x) = [x, x \otimes x, \dots, x^{\otimes d}]`.

    D = m + m^2 + ... + m^d (615,440 for 784 pixels and d = 2): a head contracts it with its
    parameters without ever building it where a rule exists (:mod:`rpn_zoo.functions.rules`).

    Args:
        m: input width.
        d: highest order, >= 1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data; ``layer_norm`` costs O(m) here.

    Example:
        >>> TaylorExpansion(m=2, d=2)(torch.tensor([[2.0, 3.0]]))
        tensor([[2., 3., 4., 6., 6., 9.]])
    """

    formula = "kappa(x) = [x, x(x)x, ..., x^(x)d], D = m + m^2 + ... + m^d"
    source = "RPN, arXiv:2407.04819, section 5.1 (Taylor's polynomials expansion)"
    closed_form_moments = True

    def __init__(
        self,
        m: int,
        d: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        self_d = check_positive_int("d", d)
        width = sum(check_positive_int("m", m) ** p for p in range(1, self_d + 1))
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.d = self_d

    def expand(self, x: Tensor) -> Tensor:
        """All products of up to d inputs: (b, m) -> (b, D)."""
        if self.D > 10_000_000:
            logger.warning("taylor_expansion: a dense row has D = %d entries.", self.D)
        return kron_powers(x, self.d)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance over D in closed form, each (b, 1)."""
        return kron_powers_moments(x, self.d)
