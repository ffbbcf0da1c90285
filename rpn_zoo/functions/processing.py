"""Pre- and post-processing: names of ordinary functions, resolved to registered modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_divides, check_positive_int, nearest
from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.dropout import Dropout
from rpn_zoo.functions.matrix_normalization import (
    DegreeBasedNormalizeMatrix,
    MeanStdBasedNormalizeMatrix,
    OperatorBasedNormalizeMatrix,
)
from rpn_zoo.functions.registry import split_spec

Processing: TypeAlias = Spec | nn.Module | Sequence[Spec | nn.Module] | None
"""What ``preprocess_functions`` and the like take: nothing, one function, several in order."""


class Elementwise(nn.Module):
    """A parameter-free elementwise function as a module.

    Args:
        function: maps a tensor to a tensor of the same shape.
    """

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function to ``x`` of any shape."""
        return self.function(x)

    def extra_repr(self) -> str:
        """The function's name."""
        return getattr(self.function, "__name__", repr(self.function))


class PositionMean(nn.Module):
    """The mean over the positions of a row: (b, count n) -> (b, n), position by position.

    Args:
        count: number of positions.

    Example:
        >>> PositionMean(2)(torch.tensor([[1.0, 2.0, 3.0, 6.0]]))
        tensor([[2., 4.]])
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = check_positive_int("count", count)

    def output_width(self, width: int) -> int:
        """The width of the result for rows of this width.

        Raises:
            ValueError: if the positions do not divide it.
        """
        return width // check_divides("count", self.count, "the width of the rows", width)

    def forward(self, x: Tensor) -> Tensor:
        """Average the positions of every row."""
        return x.unflatten(-1, (self.count, -1)).mean(-2)

    def extra_repr(self) -> str:
        """The number of positions."""
        return f"count={self.count}"


_MODULES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "celu": nn.CELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "prelu": nn.PReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "hardtanh": nn.Hardtanh,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "log_sigmoid": nn.LogSigmoid,
    "softmax": nn.Softmax,
    "log_softmax": nn.LogSoftmax,
    "dropout": Dropout,
    "degree_based_normalize_matrix": DegreeBasedNormalizeMatrix,
    "mean_std_based_normalize_matrix": MeanStdBasedNormalizeMatrix,
    "operator_based_normalize_matrix": OperatorBasedNormalizeMatrix,
}
_ELEMENTWISE: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "sin": torch.sin,
    "cos": torch.cos,
}
_DEFAULTS: dict[str, dict[str, Any]] = {"softmax": {"dim": -1}, "log_softmax": {"dim": -1}}
_INPUT_ONLY: dict[str, type[nn.Module]] = {"position_mean": PositionMean}
"""Functions that change the width, which the input functions of a head alone may do."""
_SIZED = ("layer_norm", "batch_norm")
_ALIASES = {
    "leakyrelu": "leaky_relu",
    "logsigmoid": "log_sigmoid",
    "logsoftmax": "log_softmax",
    "layernorm": "layer_norm",
    "batchnorm1d": "batch_norm",
}


def names() -> list[str]:
    """All names that :func:`resolve` understands for any argument."""
    return sorted([*_MODULES, *_ELEMENTWISE, *_SIZED])


def resolve(argument: str, functions: Processing, width: int) -> nn.ModuleList:
    """Turn names, configs and modules into registered modules, in order.

    Args:
        argument: the argument's name, for messages.
        functions: nothing, a name (``"tanh"``; paths such as ``"torch.nn.SiLU"`` are understood by
            their last word, nothing is imported), a dict ``{name: elu, alpha: 2.0}``, a module, or
            a list of these. ``trainable: false`` freezes the weights that a function may have.
        width: the number of columns where the functions are applied, which ``layer_norm`` (no
            affine weights unless ``elementwise_affine: true``) and ``batch_norm`` need.

    Raises:
        ValueError: for an unknown name or option.

    Example:
        >>> resolve("preprocess_functions", ["tanh", {"name": "elu", "alpha": 2.0}], 4)
        ModuleList(
          (0): Tanh()
          (1): ELU(alpha=2.0)
        )
    """
    if functions is None:
        return nn.ModuleList()
    items: Sequence[Any] = functions if isinstance(functions, (list, tuple)) else [functions]
    modules = nn.ModuleList()
    for item in items:
        modules.append(_module(argument, item, width))
        width = output_width(modules[-1:], width)
    return modules


def output_width(functions: nn.ModuleList, width: int) -> int:
    """The number of columns after the functions (only ``position_mean`` changes it).

    Example:
        >>> mean = {"name": "position_mean", "count": 3}
        >>> output_width(resolve("input_functions", mean, 12), 12)
        4
    """
    for function in functions:
        if isinstance(function, PositionMean):
            width = function.output_width(width)
    return width


def _module(argument: str, item: Spec | nn.Module, width: int) -> nn.Module:
    if isinstance(item, nn.Module):
        return item
    name, options = split_spec(item)
    key = name.rsplit(".", 1)[-1].lower()
    key = _ALIASES.get(key, key)
    options = {**_DEFAULTS.get(key, {}), **options}
    trainable = options.pop("trainable", True)
    if not isinstance(trainable, bool):
        raise ValueError(f"{argument}: trainable must be true or false, got {trainable!r}.")
    if key in _ELEMENTWISE and not options:
        return Elementwise(_ELEMENTWISE[key])
    factories: dict[str, Callable[..., nn.Module]] = {
        **_MODULES,
        **(_INPUT_ONLY if argument == "input_functions" else {}),
        "layer_norm": lambda elementwise_affine=False, **o: nn.LayerNorm(
            width, elementwise_affine=elementwise_affine, **o
        ),
        "batch_norm": lambda **o: nn.BatchNorm1d(width, **o),
    }
    if key not in factories:
        known = {**factories, **_ELEMENTWISE}
        hint = nearest(key, known)
        raise ValueError(
            f"{argument}: unknown function {name!r}.{hint} Allowed: {', '.join(sorted(known))}."
        )
    try:
        module = factories[key](**options)
    except TypeError as error:
        raise ValueError(f"{argument}: {name} does not take {options!r} ({error}).") from error
    return module if trainable else module.requires_grad_(False)


def apply(functions: nn.ModuleList, x: Tensor) -> Tensor:
    """Apply the functions to ``x`` from first to last."""
    for function in functions:
        x = function(x)
    return x
