"""The multi-layer perceptron as an RPN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.nn import RPN


def mlp(
    dims: Sequence[int],
    activation: Spec | None = "relu",
    bias: bool = True,
    dropout: float = 0.0,
    seed: int = 0,
) -> RPN:
    r"""A multi-layer perceptron: identity expansion, identity reconciliation, zero remainder.

    Layer k computes :math:`act(x W_k^T + b_k)`; the last one has no activation (it gives logits or
    values) and no dropout.

    Args:
        dims: the widths [d_0, ..., d_K].
        activation: name of the function after all layers but the last; None: none.
        bias: whether layers have a bias.
        dropout: probability that an activation is dropped in training, in [0, 1).
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad widths, an unknown activation or a dropout outside [0, 1).

    Example:
        >>> network = mlp([784, 64, 10])
        >>> network.num_parameters
        50890
    """
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"dropout must be in [0, 1), got {dropout!r}.")
    output: list[Spec] = [] if activation is None else [activation]
    if dropout:
        output.append({"name": "dropout", "p": dropout})
    hidden: dict[str, Any] = {"bias": bias, "output_functions": output}
    layers = [{"heads": [hidden]} for _ in dims[1:-1]] + [{"heads": [{"bias": bias}]}]
    return RPN({"dims": list(dims), "layers": layers}, seed=seed)
