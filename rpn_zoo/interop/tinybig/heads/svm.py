"""The head of kernel support vector machines."""

from __future__ import annotations

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan

KERNELS = ("linear", "gaussian_rbf", "inverse_quadratic_rbf")


def svm_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    kernel: str = "linear",
    base_range: list[float] = [-1, 1],  # noqa: B006 - never modified
    num_interval: int = 10,
    epsilon: float = 1.0,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_residual: bool = False,
    with_batch_norm: bool = False,
    with_softmax: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.svm_head``: the kernel between every input and fixed base points."""
    check_choice("kernel", kernel, KERNELS)
    expansion: Spec = "identity_expansion"
    if kernel != "linear":
        expansion = {
            "name": f"{kernel}_expansion",
            "base_range": list(base_range),
            "num_interval": num_interval,
            "epsilon": epsilon,
        }
    config = {
        "expansion": expansion,
        "reconciliation": reconciliation(False, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(context, with_batch_norm, softmax=with_softmax),
    }
    return plan(m, n, config, parameters_init_method)
