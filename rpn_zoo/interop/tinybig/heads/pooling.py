"""The pooling head: a metric over the patches of a grid, without parameters."""

from __future__ import annotations

from rpn_zoo.functions.geometry.packing import DENSEST
from rpn_zoo.functions.metrics import metric_name
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan
from rpn_zoo.interop.tinybig.patches import PatchArguments, patch_grid
from rpn_zoo.interop.tinybig.plans import HeadPlan


def grid_compression_head(
    context: Context,
    h: int,
    w: int,
    channel_num: int,
    d: int = 1,
    pooling_metric: str = "batch_max",
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
    with_dropout: bool = True,
    p: float = 0.5,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.grid_compression_head``: zeros around the grid take part in the metric."""
    patch = PatchArguments(
        patch_shape, p_h, p_h_prime, p_w, p_w_prime, p_d, p_d_prime, p_r, cd_h, cd_w, cd_d,
        packing_strategy,
    )  # fmt: skip
    grid = patch_grid(context, h, w, d, channel_num, patch)
    config = {
        "expansion": {
            "name": f"{grid.shape}_patch_based_geometric_compression",
            "metric": metric_name("pooling_metric", pooling_metric),
            **grid.options,
        },
        "reconciliation": None,
        "output_functions": output(context, dropout=with_dropout, p=p),
    }
    return plan(channel_num * h * w * d, channel_num * grid.count, config, parameters_init_method)
