"""The products of a head's channels, mixed by instance interdependence in the cheaper order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rpn_zoo.functions import contract, contract_fused
from rpn_zoo.functions.contraction import contract_channelwise
from rpn_zoo.functions.expansion import IdentityExpansion
from rpn_zoo.functions.fusion import Fusion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.transformation import Transformation


def fused_product(
    expansion: Transformation,
    reconciliation: Reconciliation | None,
    fusion: Fusion | None,
    matrices: nn.ModuleList,
    sources: Sequence[Tensor],
    views: Sequence[Tensor],
    identity: IdentityExpansion,
    bias: Tensor | None = None,
) -> Tensor:
    """The fusion of :func:`channel_products`: (..., b', n).

    Where nothing is mixed and the channels share their data, their weights may be fused first. A
    bias is added to every channel before the fusion.
    """
    if not len(matrices) and len(views) == 1 and reconciliation is not None and bias is None:
        x = views[0]
        y = contract_fused(expansion, reconciliation, fusion, x.flatten(0, -2))
        return y.unflatten(0, x.shape[:-1])
    z = channel_products(expansion, reconciliation, matrices, sources, views, identity)
    z = z if bias is None else z + bias
    return z.squeeze(-2) if fusion is None else fusion(z.unbind(-2))


def channel_products(
    expansion: Transformation,
    reconciliation: Reconciliation | None,
    matrices: nn.ModuleList,
    sources: Sequence[Tensor],
    views: Sequence[Tensor],
    identity: IdentityExpansion,
) -> Tensor:
    r"""Evaluate :math:`A_c^T \langle \kappa(x_c), \psi(w_c) \rangle` for every channel c.

    Instance interdependence acts on rows and the product on columns, so that they commute: A is
    applied to kappa (b, D) where D is smaller than the width of all channels together, and to the
    product otherwise. A list of one entry serves all channels.

    Args:
        expansion: kappa.
        reconciliation: psi with C channels; None: kappa itself is the result, C = 1.
        matrices: instance interdependences: none, one, or C.
        sources: data (..., b, m) from which the matrices are computed, one or C.
        views: data (..., b, m') that are expanded, one or C.
        identity: the identity on D columns, for products with kappa that was mixed first.

    Returns:
        (..., b', C, n).
    """
    if not len(matrices):
        return _contract(expansion, reconciliation, views)
    if len(matrices) == len(sources) == len(views) == 1:
        if reconciliation is not None and reconciliation.n * reconciliation.channels > expansion.D:
            mixed = matrices[0](sources[0], _expand(expansion, views[0]))
            return _rows(identity, reconciliation, mixed)
        z = _contract(expansion, reconciliation, views)
        return matrices[0](sources[0], z.flatten(-2)).unflatten(-1, z.shape[-2:])
    z = _contract(expansion, reconciliation, views)
    mixed_channels = [
        matrices[c % len(matrices)](sources[c % len(sources)], z[..., c, :])
        for c in range(z.shape[-2])
    ]
    return torch.stack(mixed_channels, dim=-2)


def _contract(
    expansion: Transformation, reconciliation: Reconciliation | None, views: Sequence[Tensor]
) -> Tensor:
    """< kappa, psi(w) > of every channel: (..., C, n)."""
    if reconciliation is None:
        return _expand(expansion, views[0]).unsqueeze(-2)
    if len(views) == 1:
        return _rows(expansion, reconciliation, views[0])
    rows = torch.stack([view.flatten(0, -2) for view in views])
    z = contract_channelwise(expansion, reconciliation, rows)
    return z.unflatten(0, views[0].shape[:-1])


def _rows(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The product for x with any leading axes, which :func:`contract` sees as rows."""
    return contract(expansion, reconciliation, x.flatten(0, -2)).unflatten(0, x.shape[:-1])


def _expand(expansion: Transformation, x: Tensor) -> Tensor:
    """The expansion of x with any leading axes."""
    return expansion(x.flatten(0, -2)).unflatten(0, x.shape[:-1])
