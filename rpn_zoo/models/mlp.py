"""The multi-layer perceptron as an RPN."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.models.parts import Config, after, stacked
from rpn_zoo.nn import RPN


def mlp(
    dims: Sequence[int],
    activation: Spec | None = "relu",
    bias: bool = True,
    dropout: float = 0.0,
    seed: int = 0,
    normalization: Spec | None = None,
    expansion: Spec = "identity_expansion",
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    width: int = 1,
) -> RPN:
    r"""A multi-layer perceptron: by default with identity expansion and reconciliation.

    Layer k computes :math:`act(norm(\langle \kappa(x), \psi(w_k) \rangle + b_k + \pi(x)))`; the
    last one has no normalisation, no activation (it gives logits or values) and no dropout. Another
    expansion or reconciliation makes of it any RPN without interdependence.

    Args:
        dims: the widths [d_0, ..., d_K].
        activation: name of the function after all layers but the last; None: none.
        bias: whether layers have a bias.
        dropout: probability that an activation is dropped in training, in [0, 1).
        seed: seed of the initial weights.
        normalization: before the activation, such as ``"batch_norm"``; None: none.
        expansion: kappa of all layers.
        reconciliation: psi of all layers.
        remainder: pi of all layers.
        width: number of independent heads of each layer, averaged.

    Raises:
        ValueError: for bad widths, an unknown function or a dropout outside [0, 1).

    Example:
        >>> network = mlp([784, 64, 10])
        >>> network.num_parameters
        50890
    """
    head: Config = {"bias": bias}
    for slot, spec, default in (
        ("expansion", expansion, "identity_expansion"),
        ("reconciliation", reconciliation, "identity_reconciliation"),
        ("remainder", remainder, "zero_remainder"),
    ):
        if spec != default:
            head[slot] = spec
    hidden = {**head, "output_functions": after(activation, dropout, normalization)}
    return RPN(stacked(dims, hidden, head, width), seed=seed)
