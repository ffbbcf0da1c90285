"""The kernel support vector machine as an RPN."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.models.parts import stacked
from rpn_zoo.nn import RPN

KERNELS = ("linear", "gaussian_rbf", "inverse_quadratic_rbf")


def svm(
    dims: Sequence[int],
    kernel: str = "gaussian_rbf",
    base_range: tuple[float, float] = (-1.0, 1.0),
    num_interval: int = 10,
    epsilon: float = 1.0,
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    bias: bool = True,
    seed: int = 0,
) -> RPN:
    r"""A kernel machine: :math:`\langle \kappa(x), w \rangle + b` with kappa the kernel to bases.

    The kernel is taken between every input and ``num_interval`` fixed base points, feature by
    feature: :math:`\kappa_{ik}(x) = k(x_i, c_k)`. Train it with a hinge loss for a support vector
    machine in the strict sense, or with cross-entropy for logits.

    Args:
        dims: the widths [d_0, ..., d_K]; two for a plain kernel machine.
        kernel: ``"linear"``, ``"gaussian_rbf"`` or ``"inverse_quadratic_rbf"``.
        base_range: (lo, hi), between which the base points are spread evenly, in units of x.
        num_interval: number of base points.
        epsilon: inverse width of the kernel, in 1 / units of x.
        reconciliation: psi of all layers.
        remainder: pi of all layers.
        bias: whether layers have a bias.
        seed: seed of the initial weights.

    Raises:
        ValueError: for an unknown kernel or bad sizes.

    Example:
        >>> svm([4, 3], num_interval=5).num_parameters
        63
    """
    check_choice("kernel", kernel, KERNELS)
    expansion: Spec = "identity_expansion"
    if kernel != "linear":
        expansion = {
            "name": f"{kernel}_expansion",
            "base_range": list(base_range),
            "num_interval": num_interval,
            "epsilon": epsilon,
        }
    head = {
        "expansion": expansion,
        "reconciliation": reconciliation,
        "remainder": remainder,
        "bias": bias,
    }
    return RPN(stacked(dims, head, head), seed=seed)
