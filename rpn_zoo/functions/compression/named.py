"""Compressions that take another one by name: dimension reduction, selection, manifolds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.component import CAPABILITIES
from rpn_zoo.functions.compression.base import Compression, check_at_most_m
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.transformation import make_transformation

Function: TypeAlias = "str | Compression"


class NamedCompression(Compression):
    """A compression to D columns that another one, its ``part``, carries out.

    Args:
        m: input width.
        D: output width, <= m.
        argument: the name of the argument ``function``, for messages.
        function: a name of ``choices``, or a ready compression of the same sizes.
        function_kwargs: further options of the named function.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: what the function draws from, if it draws.

    Attributes:
        choices: the registry keys by name.
        part: the compression that does the work.
    """

    size_formula = "D as given"
    depends = tuple((key, "as the named function is") for key in CAPABILITIES)
    choices: ClassVar[dict[str, str]]
    part: Compression
    stateful = True
    fitted = True

    def __init__(
        self,
        m: int,
        D: int,
        argument: str,
        function: Function,
        function_kwargs: Mapping[str, Any] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_at_most_m("D", D, m)
        if not isinstance(function_kwargs, Mapping | None):
            raise ValueError(f"function_kwargs must be a mapping, got {function_kwargs!r}.")
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.part = self._part(argument, function, dict(function_kwargs or {}), generator)
        self.differentiable = self.part.differentiable
        self.row_independent = self.part.row_independent
        self.exportable = self.part.exportable
        self.stateful = self.part.stateful
        self.fitted = self.part.fitted
        self.random = self.part.random

    def _part(
        self,
        argument: str,
        function: Function,
        options: dict[str, Any],
        generator: torch.Generator | None,
    ) -> Compression:
        if isinstance(function, Compression):
            if (function.m, function.D) != (self.m, self.D):
                raise ValueError(
                    f"{argument} was made for m = {function.m}, D = {function.D}; needed are "
                    f"m = {self.m}, D = {self.D}."
                )
            return function
        keys = {**self.choices, **{key: key for key in self.choices.values()}}
        key = keys[check_choice(argument, function, keys)]
        made = make_transformation({"name": key, "D": self.D, **options}, self.m, generator)
        assert isinstance(made, Compression)
        return made

    def fit(self, x: Tensor) -> None:
        """Fit the part, where it is fitted to data, by the batch x (b, m)."""
        with torch.no_grad():
            self.part.fit(self.prepare(x))

    def expand(self, x: Tensor) -> Tensor:
        """What the part makes of pre-processed x: (b, m) -> (b, D)."""
        return self.part.expand(self.part.prepare(x))

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and population variance over D, each (b, 1)."""
        return self.part.moments(self.part.prepare(x))


@register
class DimensionReductionCompression(NamedCompression):
    """A dimension reduction by name, :math:`(b, m) -> (b, D)`.

    Args:
        m: input width.
        D: output width, <= m.
        dr_function: ``incremental_PCA`` or ``incremental_random_projection``: see
            ``incremental_PCA_based_compression`` and
            ``incremental_random_projection_based_compression``; or such a component.
        function_kwargs: further options of the named function.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: what a random projection is drawn from; None: a new one with seed 0.

    Raises:
        ValueError: for an unknown name or option, or if D > m.

    Example:
        >>> f = DimensionReductionCompression(m=4, D=2, dr_function="incremental_random_projection")
        >>> f(torch.ones(3, 4)).shape
        torch.Size([3, 2])
    """

    formula = "kappa(x) = dr_function(x), D columns"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: dimension reduction)"
    random = True
    choices: ClassVar[dict[str, str]] = {
        name: f"{name}_based_compression"
        for name in ("incremental_PCA", "incremental_random_projection")
    }

    def __init__(
        self,
        m: int,
        D: int,
        dr_function: Function = "incremental_PCA",
        function_kwargs: Mapping[str, Any] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            m, D, "dr_function", dr_function, function_kwargs,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class FeatureSelectionCompression(NamedCompression):
    """A feature selection by name, :math:`(b, m) -> (b, D)`.

    Args:
        m: input width.
        D: output width, <= m.
        fs_function: ``incremental_variance_threshold`` or ``incremental_feature_clustering``: see
            ``incremental_variance_threshold_based_compression`` and
            ``incremental_feature_clustering_based_compression``; or such a component.
        function_kwargs: further options of the named function.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for an unknown name or option, or if D > m.

    Example:
        >>> f = FeatureSelectionCompression(m=2, D=1, fs_function="incremental_variance_threshold")
        >>> f(torch.tensor([[1.0, 5.0], [1.0, 7.0]]))
        tensor([[5.],
                [7.]])
    """

    formula = "kappa(x) = fs_function(x), D columns"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: feature selection)"
    random = True
    choices: ClassVar[dict[str, str]] = {
        name: f"{name}_based_compression"
        for name in ("incremental_variance_threshold", "incremental_feature_clustering")
    }

    def __init__(
        self,
        m: int,
        D: int,
        fs_function: Function = "incremental_variance_threshold",
        function_kwargs: Mapping[str, Any] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, D, "fs_function", fs_function, function_kwargs,
            preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class ManifoldCompression(NamedCompression):
    """A manifold embedding by name, :math:`(b, m) -> (b, D)`, without a gradient.

    Args:
        m: input width.
        D: output width, <= m.
        manifold_function: ``isomap_manifold``, ``lle_manifold``, ``spectral_embedding_manifold``,
            ``mds_manifold`` or ``tsne_manifold``: see ``isomap_manifold_compression`` and so on; or
            such a component.
        function_kwargs: further options of the named function, such as ``{n_neighbors: 4}``.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for an unknown name or option, or if D > m.

    Example:
        >>> f = ManifoldCompression(m=2, D=1, manifold_function="mds_manifold")
        >>> f(torch.tensor([[0.0, 0.0], [3.0, 4.0]])).abs()
        tensor([[2.5000],
                [2.5000]])
    """

    formula = "kappa(x) = manifold_function(x), D columns"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: manifolds)"
    differentiable = False
    row_independent = False
    random = True
    choices: ClassVar[dict[str, str]] = {
        f"{name}_manifold": f"{name}_manifold_compression"
        for name in ("isomap", "lle", "spectral_embedding", "mds", "tsne")
    }

    def __init__(
        self,
        m: int,
        D: int,
        manifold_function: Function = "isomap_manifold",
        function_kwargs: Mapping[str, Any] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, D, "manifold_function", manifold_function, function_kwargs,
            preprocess_functions, postprocess_functions,
        )  # fmt: skip
