"""The Transformer encoder as an RPN: bilinear attention among positions or instances."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.models.parts import Config, after, classifier, layer
from rpn_zoo.models.sequences import average
from rpn_zoo.nn import RPN


def transformer(
    dims: Sequence[int],
    fc_dims: Sequence[int],
    length: int | None = None,
    r: int = 3,
    width: int = 1,
    activation: Spec = "gelu",
    dropout: float = 0.0,
    reconciliation: Spec = "identity_reconciliation",
    seed: int = 0,
) -> RPN:
    r"""A Transformer encoder: attention and perceptron layers in turn, both residual.

    .. math:: A = softmax_{keys}(x W x^T / \sqrt m), \quad y = norm(A^T x V^T + b + \pi(x))

    W has rank r. With a ``length`` a row is a sequence of L positions and attends to its own
    positions; a first layer embeds each position and adds a trained vector for its place; the mean
    over the positions feeds the last layers. Without, the rows of a batch attend to one another, so
    that each prediction depends on its batch (:func:`~rpn_zoo.nn.predict_with_reference`). The
    result are logits.

    Args:
        dims: widths of one position [d_0, ..., d_K]; a row has L d_0 columns.
        fc_dims: widths of the perceptron layers, the last is the number of classes.
        length: L, positions of a row; None: rows have none.
        r: rank of the scores.
        width: number of independent attention heads of a layer, averaged.
        activation: of the perceptron layers.
        dropout: probability, after each layer but the last.
        reconciliation: psi of all layers but the last.
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad sizes or unknown functions.

    Example:
        >>> transformer([4, 8], [3], length=5).dims
        [20, 40, 40, 40, 3]
    """
    count = 1 if length is None else length
    positions: Config = {} if length is None else {"positions": {"count": length}}
    shared: Config = {"reconciliation": reconciliation, "bias": True, **positions}
    widths, layers, m = [count * dims[0]], [], dims[0]
    if length is not None:
        place = {"count": length, "bias_scope": "row"}
        layers.append(layer({**shared, "positions": place}))
        m = dims[1]
        widths.append(count * m)
    for n in dims[1:]:
        attention: Config = {
            **shared,
            "instance_interdependence": _attention(m, r),
            "remainder": "identity_remainder" if m == n else "linear_remainder",
            "output_functions": after(None, dropout, "layer_norm"),
        }
        perceptron: Config = {
            **shared,
            "remainder": "identity_remainder",
            "output_functions": after(activation, dropout, "layer_norm"),
        }
        layers += [layer(*[attention] * width), layer(perceptron)]
        widths += [count * n] * 2
        m = n
    hidden: Config = {"bias": True, "output_functions": after(activation, dropout, "layer_norm")}
    last = classifier(fc_dims, hidden)
    if length is not None:
        last[0] = layer(average(length, **last[0]["heads"][0]))
    return RPN({"dims": [*widths, *fc_dims], "layers": [*layers, *last]}, seed=seed)


def _attention(m: int, r: int) -> Config:
    """Bilinear scores of rank r, divided by sqrt(m), with a softmax over the keys of each query."""
    return {
        "name": "lowrank_parameterized_bilinear_interdependence",
        "r": r,
        "postprocess_functions": {
            "name": "operator_based_normalize_matrix",
            "mode": "column",
            "rescale_factor": 1.0 / math.sqrt(m),
        },
    }
