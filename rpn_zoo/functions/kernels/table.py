"""Kernels by name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, nearest
from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.kernels import distances, products, radial, statistics
from rpn_zoo.functions.registry import split_spec

Kernel: TypeAlias = "Callable[[Tensor], Tensor]"
"""A function of C (..., s, n) that compares its columns: (..., n, n)."""

_FUNCTIONS: tuple[Callable[..., Tensor], ...] = (
    products.linear_kernel,
    products.polynomial_kernel,
    products.hyperbolic_tangent_kernel,
    products.cosine_similarity_kernel,
    distances.minkowski_distance,
    distances.minkowski_distance_kernel,
    distances.manhattan_distance,
    distances.manhattan_distance_kernel,
    distances.euclidean_distance,
    distances.euclidean_distance_kernel,
    distances.chebyshev_distance,
    distances.chebyshev_distance_kernel,
    distances.canberra_distance,
    distances.canberra_distance_kernel,
    radial.exponential_kernel,
    radial.gaussian_rbf_kernel,
    radial.laplacian_kernel,
    radial.anisotropic_rbf_kernel,
    statistics.pearson_correlation_kernel,
    statistics.rv_coefficient_kernel,
    statistics.mutual_information_kernel,
    statistics.kl_divergence_kernel,
)
KERNELS: dict[str, Callable[..., Tensor]] = {f.__name__: f for f in _FUNCTIONS}
"""The kernels by name."""

PROBE = 0.7310585786300049
"""A number by which a kernel is tried out; no special value of any kernel."""


def resolve_kernel(argument: str, spec: Spec | Kernel) -> Kernel:
    """Turn a name, a name with options, or a function into a kernel.

    Args:
        argument: the argument's name, for messages.
        spec: a key of :data:`KERNELS` (a path is understood by its last word, a prefix ``batch_``
            is ignored), ``{name: gaussian_rbf_kernel, sigma: 2.0}``, or a function of
            C (..., s, n).

    Raises:
        ValueError: for an unknown name, an unknown option or a bad value.

    Example:
        >>> kernel = resolve_kernel("kernel", {"name": "polynomial_kernel", "d": 2})
        >>> kernel(torch.tensor([[1.0, 2.0]]))
        tensor([[ 1.,  4.],
                [ 4., 16.]])
    """
    if callable(spec):
        return spec
    name, options = split_spec(spec)
    key = name.rsplit(".", 1)[-1].removeprefix("batch_")
    if key not in KERNELS:
        hint = nearest(key, KERNELS)
        raise ValueError(
            f"{argument}: unknown kernel {name!r}.{hint} Allowed: {', '.join(KERNELS)}."
        )
    kernel = KERNELS[key]
    allowed = list(inspect.signature(kernel).parameters)[1:]
    for option in options:
        if option not in allowed:
            raise ValueError(
                f"{argument}: {name} has no argument {option!r}.{nearest(option, allowed)} "
                f"Its arguments: {', '.join(allowed) or 'none'}."
            )
    if key.startswith("minkowski") and "p" not in options:
        raise ValueError(f"{argument}: {name} needs the argument p.")
    resolved = functools.partial(kernel, **options)
    vector = options.get("a_vector")
    # Tried out once, so that a bad value is found here and not at the first call.
    resolved(torch.full((1 if vector is None else len(vector), 1), PROBE))
    return resolved


def weighted_kernel(kernels: Sequence[Kernel], weights: Sequence[float], C: Tensor) -> Tensor:
    """The sum of weights[k] kernels[k](C), (..., n, n)."""
    total = kernels[0](C) * weights[0]
    for kernel, weight in zip(kernels[1:], weights[1:], strict=True):
        total = torch.add(total, kernel(C), alpha=weight)
    return total


def check_weights(weights: Sequence[float] | Tensor | None, count: int) -> list[float]:
    """One finite weight for each of ``count`` kernels (None: 1 / count each).

    Raises:
        ValueError: if there is not one for each.

    Example:
        >>> check_weights(None, 2)
        [0.5, 0.5]
    """
    if weights is None:
        return [1 / count] * count
    values: Any = weights.tolist() if isinstance(weights, Tensor) else weights
    if not isinstance(values, (list, tuple)) or len(values) != count:
        raise ValueError(
            f"weights must hold a number for each of the {count} kernels, got {weights!r}."
        )
    return [check_finite("weights", value) for value in values]
