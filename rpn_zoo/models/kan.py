"""The Kolmogorov-Arnold network as an RPN."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.nn import RPN


def kan(
    dims: Sequence[int],
    grid_range: tuple[float, float] = (-1.0, 1.0),
    t: int = 5,
    d: int = 3,
    input_functions: Sequence[Spec] = (),
    seed: int = 0,
) -> RPN:
    r"""A Kolmogorov-Arnold network: B-spline expansion, identity reconciliation, SiLU residual.

    Layer k computes :math:`\sum_{i,j} w_{ij} B_j(x_i) + silu(x V^T)`. The splines vanish outside
    the grid, so inputs should be scaled to it; ``input_functions`` (such as ``["layer_norm"]``)
    keep the inputs of the later layers within.

    Args:
        dims: the widths [d_0, ..., d_K].
        grid_range: (lo, hi), the interval of the splines.
        t: number of intervals of the grid.
        d: degree of the splines.
        input_functions: applied to the inputs of all layers but the first.
        seed: seed of the initial weights.

    Raises:
        ValueError: for bad widths or a bad grid.

    Example:
        >>> network = kan([2, 5, 1])
        >>> network.num_parameters
        135
    """
    head = {
        "expansion": {"name": "bspline_expansion", "grid_range": list(grid_range), "t": t, "d": d},
        "remainder": {"name": "linear_remainder", "activation_functions": "silu"},
    }
    later = {**head, "input_functions": list(input_functions)} if input_functions else head
    layers = [{"heads": [head]}] + [{"heads": [later]} for _ in dims[2:]]
    return RPN({"dims": list(dims), "layers": layers}, seed=seed)
