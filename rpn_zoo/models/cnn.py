"""The convolutional network as an RPN."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.models.grids import Grid, convolution, pooling
from rpn_zoo.models.parts import Config, after, classifier, layer
from rpn_zoo.nn import RPN


def cnn(
    image: tuple[int, int, int],
    channels: Sequence[int],
    fc_dims: Sequence[int],
    radius: int = 1,
    pool_every: int = 1,
    pool: int = 2,
    pool_metric: str = "max",
    normalization: Spec | None = "batch_norm",
    activation: Spec = "relu",
    dropout: float = 0.0,
    fc_dropout: float = 0.0,
    expansion: Spec = "identity_expansion",
    reconciliation: Spec = "identity_reconciliation",
    fc_reconciliation: Spec = "identity_reconciliation",
    bias: bool = True,
    seed: int = 0,
) -> RPN:
    r"""A convolutional network: patches with shared weights, pooling, perceptrons.

    Each convolution is a head whose attribute interdependence cuts a grid into patches and whose
    weights all patches share: :math:`y_p = act(norm(\langle \kappa(x_p), \psi(w) \rangle + b))`.
    Rows are images (channels, h, w), flattened. The result are logits.

    Args:
        image: (channels, h, w) of the images.
        channels: channels after each convolution.
        fc_dims: widths of the perceptron layers, the last is the number of classes.
        radius: cells on each side of a patch's centre; 1 makes 3 x 3 patches.
        pool_every: number of convolutions between poolings.
        pool: side of the pooled patches.
        pool_metric: ``"max"``, ``"mean"`` or ``"min"``.
        normalization: after each product; ``batch_norm`` has affine weights per channel.
        activation: after each normalisation.
        dropout: probability, after each pooling.
        fc_dropout: probability, after each hidden perceptron layer.
        expansion: kappa of a patch.
        reconciliation: psi of the convolutions.
        fc_reconciliation: psi of the hidden perceptron layers.
        bias: whether products have a bias.
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad sizes or unknown functions.

    Example:
        >>> network = cnn((1, 8, 8), [4], [10])
        >>> network.dims
        [64, 256, 64, 10]
    """
    check_positive_int("pool_every", pool_every)
    grid = Grid(*image)
    dims, layers = [grid.size], []
    for place, width in enumerate(channels, start=1):
        layers.append(
            layer(
                convolution(
                    grid,
                    radius,
                    bias=bias,
                    reconciliation=reconciliation,
                    expansion=expansion,
                    output_functions=after(activation, normalization=normalization),
                )
            )
        )
        grid = grid.strided(width, 1)
        dims.append(grid.size)
        if place % pool_every == 0:
            layers.append(layer(pooling(grid, pool, pool_metric, after(None, dropout))))
            grid = grid.strided(width, pool)
            dims.append(grid.size)
    hidden: Config = {
        "reconciliation": fc_reconciliation,
        "bias": bias,
        "output_functions": after(activation, fc_dropout, normalization),
    }
    layers += classifier(fc_dims, hidden, bias)
    return RPN({"dims": [*dims, *fc_dims], "layers": layers}, seed=seed)
