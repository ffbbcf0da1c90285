"""The base class of fusions: several tensors (b, n_k) -> (b, n)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import Component, Spec
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import create, get, signature, split_spec


class Fusion(Component):
    """A fusion of the channels of a head, or of the heads of a layer.

    Args:
        dims: the widths n_k of the K inputs.
        n: output width.
        preprocess_functions: applied to every input; see :meth:`forward`.
        postprocess_functions: applied to the result.
    """

    family = "fusion"
    sizes = ("dims",)
    preprocess: nn.ModuleList
    postprocess: nn.ModuleList

    def __init__(
        self,
        dims: Sequence[int],
        n: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__()
        if not dims:
            raise ValueError("dims must name the width of at least one input, got none.")
        self.dims = [check_positive_int("dims", d) for d in dims]
        self.n = n
        # The stacked inputs share their functions; inputs of differing widths have their own, since
        # a normalisation has a width.
        widths = dims[:1] if len(set(dims)) == 1 else dims
        chains = [
            processing.resolve("preprocess_functions", preprocess_functions, w) for w in widths
        ]
        self.preprocess = nn.ModuleList(nn.Sequential(*chain) for chain in chains if len(chain))
        self.postprocess = processing.resolve("postprocess_functions", postprocess_functions, n)

    @classmethod
    def input_dims(cls, n: int, count: int) -> list[int]:
        """The widths that ``count`` equal inputs must have for an output of width n."""
        return [n] * count

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw all parameters anew (here: there are none)."""

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Fuse the pre-processed inputs, K tensors (..., n_k) -> (..., n)."""
        raise NotImplementedError(f"{type(self).__name__} must implement fuse(xs).")

    def forward(self, xs: Sequence[Tensor]) -> Tensor:
        """Fuse K tensors (..., n_k) to (..., n).

        Pre-processing sees the stacked tensor (K, ..., n_k) when all widths are equal and each
        tensor by itself otherwise, which matters only for functions that mix axes.
        """
        if [x.shape[-1] for x in xs] != self.dims:
            raise ValueError(
                f"the inputs of a fusion must have the widths dims = {self.dims}, "
                f"got {[x.shape[-1] for x in xs]}."
            )
        if any(x.shape[:-1] != xs[0].shape[:-1] for x in xs):
            raise ValueError(
                "the inputs of a fusion must agree in all axes but the last, "
                f"got the shapes {[tuple(x.shape) for x in xs]}."
            )
        if len(self.preprocess) == 1:
            xs = list(self.preprocess[0](torch.stack(list(xs))))
        elif len(self.preprocess):
            xs = [function(x) for function, x in zip(self.preprocess, xs, strict=True)]
        return processing.apply(self.postprocess, self.fuse(xs))


def input_dims(spec: Spec, n: int, count: int) -> list[int]:
    """The widths of ``count`` inputs of the named fusion for an output of width n.

    They are equal, unless the options name them as ``dims``.

    Example:
        >>> input_dims("concatenation_fusion", 6, 3)
        [2, 2, 2]
        >>> input_dims({"name": "concatenation_fusion", "dims": [1, 5]}, 6, 2)
        [1, 5]
    """
    name, options = split_spec(spec)
    cls = get(name)
    if not issubclass(cls, Fusion):
        raise ValueError(f"a fusion must be named here, got {spec!r}.")
    if "dims" not in options:
        return cls.input_dims(n, count)
    dims = options["dims"]
    if not isinstance(dims, (list, tuple)) or len(dims) != count:
        raise ValueError(
            f"{name}: dims must list {count} widths, one for each input, got {dims!r}."
        )
    return [check_positive_int("dims", d) for d in dims]


def make_fusion(
    spec: Spec, n: int, count: int, generator: torch.Generator | None, init: str
) -> Fusion:
    """Make the fusion of ``count`` inputs to the width n, for a head or a layer.

    Args:
        spec: the fusion's name and options, among them perhaps ``dims``, the inputs' widths.
        n: output width.
        count: number of inputs.
        generator: source of all values, where the fusion has any.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if the fusion's options fix another output width.

    Example:
        >>> make_fusion("concatenation_fusion", 6, 3, None, "fan_aware").dims
        [2, 2, 2]
    """
    name, options = split_spec(spec)
    sizes: dict[str, Any] = {"dims": input_dims(spec, n, count)}
    if "generator" in signature(get(name)):
        sizes |= {"generator": generator, "init": init}
    rest = {key: value for key, value in options.items() if key != "dims"}
    fusion: Fusion = create({"name": name, **rest}, **sizes)
    if fusion.n != n:
        raise ValueError(f"{fusion.key()}: n must be {n} here (or not given), got {fusion.n}.")
    return fusion


def fuses(spec: Spec, count: int) -> bool:
    """Whether a head or a layer has to make the named fusion: the mean of one input is that input.

    Example:
        >>> fuses("mean_fusion", 1), fuses("mean_fusion", 2), fuses("l1_norm_fusion", 1)
        (False, True, True)
    """
    return count > 1 or spec not in ("mean_fusion", {"name": "mean_fusion"})


def equal_width(key: str, dims: Sequence[int]) -> int:
    """The common width of all inputs.

    Raises:
        ValueError: if the widths differ or there are none.
    """
    if not dims or len(set(dims)) != 1:
        raise ValueError(f"{key} needs inputs of equal width, got dims = {[*dims]}.")
    return dims[0]
