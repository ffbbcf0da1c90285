"""Masking reconciliation: a dense matrix with a random part of its entries switched off."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.frozen import Frozen
from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class MaskingReconciliation(Frozen, Reconciliation):
    r"""W = M * w reshaped to (n, D), M[i, j] = 1 with probability p, else 0; l = n D.

    The mask is drawn once and saved (``mask_matrix``), the same for all channels. With
    ``fixed_mask=False`` it works as dropout does: a new mask at every use in training mode, from
    the module's own ``mask_generator`` (seed it by ``mask_generator.manual_seed``), and the mean
    W = p w in evaluation mode. (tinybig draws anew in evaluation mode too.)

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        p: probability to keep an entry, in [0, 1]; kept entries are not scaled.
        fixed_mask: whether there is one mask for good.
        channels: number of independent weight matrices.
        generator: source of the mask and the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if p is not in [0, 1].

    Example:
        >>> f = MaskingReconciliation(n=2, D=3, p=0.5)
        >>> f.l, f.mask_matrix.shape, f.mask_matrix.dtype
        (6, torch.Size([2, 3]), torch.bool)
    """

    formula = "psi(w) = M * w.view(n, D), M[i, j] ~ Bernoulli(p), l = n D"
    size_formula = "l = n D"
    source = "RPN, arXiv:2407.04819, section 5.2 (masking parameter reconciliation)"
    stateful = True
    random = True

    mask_matrix: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        p: float = 0.5,
        fixed_mask: bool = True,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, n * D, channels)
        self.p = check_finite("p", p)
        if not 0 <= p <= 1:
            raise ValueError(f"p must be a probability in [0, 1], got {p!r}.")
        self.fixed_mask = fixed_mask
        generator = default_generator(generator)
        self.reset_parameters(generator, init)
        if fixed_mask:
            self.freeze("mask_matrix", self._mask(generator, n, D))
        else:
            seed = torch.randint(2**62, (), generator=generator).item()
            self.mask_generator = torch.Generator().manual_seed(int(seed))

    def _mask(self, generator: torch.Generator, *shape: int) -> Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64) < self.p

    def _draw(self, generator: torch.Generator) -> None:
        # Over all entries, the p n D kept ones and the zeros, W has the variance p s^2.
        variance = dense_variance(self.n, self.D) / (self.p or 1.0)
        normal_(self.w, factor_std(variance, factors=1), generator)

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        W = self.w.view(self.channels, self.n, self.D)
        if self.fixed_mask:
            return W * self.mask_matrix
        if self.training:
            return W * self._mask(self.mask_generator, *W.shape).to(W.device)
        return W * self.p
