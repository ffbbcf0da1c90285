"""The convolution head: patches of a grid with shared weights."""

from __future__ import annotations

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.geometry.packing import DENSEST
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.patches import PatchArguments, patch_grid
from rpn_zoo.interop.tinybig.plans import HeadPlan


def grid_interdependence_head(
    context: Context,
    h: int,
    w: int,
    in_channel: int,
    out_channel: int,
    d: int = 1,
    patch_shape: str = "cuboid",
    p_h: int | None = None,
    p_h_prime: int | None = None,
    p_w: int | None = None,
    p_w_prime: int | None = None,
    p_d: int | None = 0,
    p_d_prime: int | None = None,
    p_r: int | None = None,
    cd_h: int | None = None,
    cd_w: int | None = None,
    cd_d: int | None = 1,
    packing_strategy: str = DENSEST,
    with_batch_norm: bool = True,
    with_relu: bool = True,
    with_dropout: bool = False,
    p: float = 0.5,
    with_softmax: bool = False,
    with_residual: bool = False,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.grid_interdependence_head``: one bias and one norm for every output column."""
    check_positive_int("out_channel", out_channel)
    patch = PatchArguments(
        patch_shape, p_h, p_h_prime, p_w, p_w_prime, p_d, p_d_prime, p_r, cd_h, cd_w, cd_d,
        packing_strategy,
    )  # fmt: skip
    grid = patch_grid(context, h, w, d, in_channel, patch)
    config = {
        "attribute_interdependence": {
            "name": f"{grid.shape}_patch_padding_based_geometric_interdependence",
            **grid.options,
        },
        "positions": {"layout": "channels_first", "bias_scope": "row", "output_scope": "row"},
        "reconciliation": reconciliation(with_dual_lphm, with_lorr, r),
        "remainder": remainder(with_residual),
        "bias": enable_bias,
        "output_functions": output(
            context, with_batch_norm, with_relu, with_dropout, p, with_softmax
        ),
    }
    return plan(in_channel * h * w * d, out_channel * grid.count, config, parameters_init_method)
