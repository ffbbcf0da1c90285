"""The residual convolutional network as an RPN."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.models.grids import Grid, convolution, global_pooling
from rpn_zoo.models.parts import Config, after, classifier, layer
from rpn_zoo.nn import RPN


def resnet(
    image: tuple[int, int, int],
    channels: Sequence[int],
    fc_dims: Sequence[int],
    blocks: int = 2,
    activation: Spec = "relu",
    dropout: float = 0.0,
    reconciliation: Spec = "identity_reconciliation",
    seed: int = 0,
) -> RPN:
    r"""A residual network: every layer adds a convolution to its input.

    A layer has two heads, :math:`y = act(norm(conv(x)) + \pi(x))`: a 3 x 3 convolution with batch
    norm, and its input itself or, where the shape changes, a 1 x 1 convolution with batch norm.
    Each stage begins with stride 2 but the first; the mean over the last grid feeds the
    perceptrons. The result are logits.

    Args:
        image: (channels, h, w) of the images.
        channels: channels of each stage.
        fc_dims: widths of the perceptron layers, the last is the number of classes.
        blocks: residual layers in each stage.
        activation: after each sum.
        dropout: probability, before the last layers.
        reconciliation: psi of the 3 x 3 convolutions.
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad sizes or unknown functions.

    Example:
        >>> resnet((3, 8, 8), [4, 8], [10], blocks=1).dims
        [192, 256, 128, 8, 10]
    """
    grid = Grid(*image)
    dims, layers = [grid.size], []
    for stage, width in enumerate(channels):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            layers.append(_residual(grid, width, stride, activation, reconciliation))
            grid = grid.strided(width, stride)
            dims.append(grid.size)
    pooled = {**global_pooling(grid), "output_functions": after(None, dropout)}
    layers.append(layer(pooled))
    hidden: Config = {"bias": True, "output_functions": after(activation, dropout, "batch_norm")}
    layers += classifier(fc_dims, hidden)
    return RPN({"dims": [*dims, grid.channels, *fc_dims], "layers": layers}, seed=seed)


def _residual(
    grid: Grid, width: int, stride: int, activation: Spec, reconciliation: Spec
) -> Config:
    """One residual layer from ``grid`` to ``width`` channels."""
    norm: list[Spec] = ["batch_norm"]
    main = convolution(
        grid,
        stride=stride,
        bias=False,
        reconciliation=reconciliation,
        output_functions=norm,
    )
    same: Config = {"reconciliation": None}
    if width != grid.channels or stride != 1:
        same = convolution(grid, radius=0, stride=stride, bias=False, output_functions=norm)
    fusion = {"name": "summation_fusion", "postprocess_functions": activation}
    return layer(main, same, fusion=fusion)
