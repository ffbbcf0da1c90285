"""Recurrent networks as RPNs: a chain along the positions of a row."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.functions.registry import split_spec
from rpn_zoo.models.parts import Config, after, layer
from rpn_zoo.models.sequences import position_wise, readout
from rpn_zoo.nn import RPN


def rnn(
    length: int,
    dims: Sequence[int],
    chain: Spec = "chain_interdependence",
    activation: Spec | None = "relu",
    dropout: float = 0.0,
    expansion: Spec = "identity_expansion",
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    last: str = "mean",
    bias: bool = True,
    seed: int = 0,
) -> RPN:
    r"""A recurrent network over sequences of L positions, for classification.

    Each hidden width has two layers: a perceptron on every position, then a head whose chain hands
    on what came before: :math:`h_l = act(\sum_k T_{kl} x_k W^T + b)`. T is the chain's matrix: the
    last step (``chain_interdependence``), several steps, or all of the past (the inverse or the
    exponential approximation). The last layer maps the mean position to logits.

    Args:
        length: L, positions of a row.
        dims: widths of one position [d_0, ..., d_K]; a row has L d_0 columns, position by position.
        chain: the interdependence of the positions, such as
            ``{"name": "multihop_chain_interdependence", "h": 3, "accumulative": True}``.
        activation: after every layer but the last; None: none.
        dropout: probability, after every chain layer.
        expansion: kappa of the perceptrons.
        reconciliation: psi of all layers but the last.
        remainder: pi of all layers but the last, position by position.
        last: what the last layer sees: the ``"mean"`` over the positions, or ``"all"`` of them.
        bias: whether layers have a bias.
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad sizes or unknown functions.

    Example:
        >>> rnn(10, [3, 8, 2]).dims
        [30, 80, 80, 2]
    """
    name, options = split_spec(chain)
    links = {"name": name, "chain_length": length, **options}
    shared: Config = {"reconciliation": reconciliation, "remainder": remainder, "bias": bias}
    widths, layers = [length * dims[0]], []
    for n in dims[1:-1]:
        perceptron = {**shared, "expansion": expansion, "output_functions": after(activation)}
        step = {
            **shared,
            "instance_interdependence": links,
            "output_functions": after(activation, dropout),
        }
        layers += [layer(position_wise(length, **head)) for head in (perceptron, step)]
        widths += [length * n] * 2
    layers.append(layer(readout(last, length, bias=bias)))
    return RPN({"dims": [*widths, dims[-1]], "layers": layers}, seed=seed)


def regression_rnn(length: int, dims: Sequence[int], **options: object) -> RPN:
    """A recurrent network for regression: its last layer sees all positions side by side.

    Args:
        length: L, positions of a row.
        dims: widths of one position; the last is the number of targets.
        **options: those of :func:`rnn` but ``last``.

    Example:
        >>> regression_rnn(10, [1, 8, 1]).num_parameters
        169
    """
    return rnn(length, dims, last="all", **options)  # type: ignore[arg-type]
