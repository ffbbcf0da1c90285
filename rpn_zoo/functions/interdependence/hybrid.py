"""Hybrid interdependence: a fusion of the matrices of several functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.component import Spec, default_generator
from rpn_zoo.functions.fusion import (
    ConcatenationFusion,
    Fusion,
    MeanFusion,
    ParameterizedWeightedSummationFusion,
    ProdFusion,
    ReconciledConcatenationFusion,
    SummationFusion,
    WeightedSummationFusion,
)
from rpn_zoo.functions.interdependence.attention import column_softmax, score_factor
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.interdependence.bilinear import BilinearInterdependence
from rpn_zoo.functions.interdependence.from_spec import make_interdependence
from rpn_zoo.functions.links import Links
from rpn_zoo.functions.matrix_normalization import (
    DegreeBasedNormalizeMatrix,
    normalize_links_by_degree,
)
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import create, get, register, signature, split_spec

LINEAR = (
    ConcatenationFusion,
    MeanFusion,
    ParameterizedWeightedSummationFusion,
    ReconciledConcatenationFusion,
    SummationFusion,
    WeightedSummationFusion,
)
"""Fusions that are linear maps of the rows: Z fusion(A_1, ...) = fusion(Z A_1, ...)."""


@register
class HybridInterdependence(Interdependence):
    r"""A = fusion(A_1, ..., A_K), A_k the matrices of several functions of the same data.

    The functions get m, b and the type of this one. The matrix is not formed where the fusion is
    linear and nothing follows it: the results are fused. Nor where the fusion is the product and
    one function has few links (a graph): then the entries of the others are computed on the links
    only. So graph attention is ``prod_fusion`` of a graph and a bilinear function, followed by
    ``{name: operator_based_normalize_matrix, mode: column, mask_zeros: true}``; a link whose score
    is exactly 0 counts as none.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode (None: taken from a graph or chain among
            the functions), or where a function needs it.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        interdependence_functions: names (and options) of the functions; needed.
        fusion_function: name (and options) of the fusion; needed.
        preprocess_functions: applied to C, before those that the functions may have.
        postprocess_functions: applied to the fused A.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if the functions or the fusion are missing or do not fit together.

    Example:
        >>> functions = ["linear_kernel_interdependence", "identity_interdependence"]
        >>> f = HybridInterdependence(
        ...     m=2, interdependence_functions=functions, fusion_function="sum_fusion"
        ... )
        >>> f(torch.tensor([[1.0, 2.0]]))
        tensor([[ 6., 12.]])
    """

    formula = "A = fusion(A_1, ..., A_K), each A_k by a function of its own"
    size_formula = "l = l_1 + ... + l_K of the functions"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: hybrid)"
    stateful = True
    depends = (("row_independent", "in attribute mode, if no function needs data"),)

    functions: nn.ModuleList
    fusion: Fusion
    links: Links | None
    _linking: int
    """Which function has the links."""

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        interdependence_functions: Sequence[Spec] | None = None,
        fusion_function: Spec | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        if not isinstance(interdependence_functions, (list, tuple)) or not len(
            interdependence_functions
        ):
            raise ValueError(
                "interdependence_functions must name at least one function, "
                f"got {interdependence_functions!r}."
            )
        if fusion_function is None:
            raise ValueError(f"{self.key()} needs a fusion_function, got None.")
        mode = self.mode_of(interdependence_type)
        if b is None and mode == "instance":
            b = _told_size(interdependence_functions, m)
            if b is None:
                raise ValueError(
                    f"{self.key()} in instance mode needs b, the number of rows of a batch."
                )
        seeds = _seeds(generator, len(interdependence_functions) + 1)
        *sources, last = map(_seeded, seeds)
        children = [
            make_interdependence(spec, mode, m, b, source, init)
            for spec, source in zip(interdependence_functions, sources, strict=True)
        ]
        self.needs_data = any(child.needs_data for child in children)
        self.fixed_rows = any(child.fixed_rows for child in children)
        fusion = _fusion(fusion_function, [child.columns for child in children], last, init)
        super().__init__(
            m, b, interdependence_type, fusion.n, preprocess_functions, postprocess_functions
        )
        self.functions, self.fusion = nn.ModuleList(children), fusion
        self.l = sum(child.l for child in children) + int(getattr(fusion, "l", 0))
        self._linear = isinstance(fusion, LINEAR) and self._plain_fusion
        self._linking, self.links = self._find_links()
        for k in self._meet_softmax():
            children[k].reset_parameters(_seeded(seeds[k]), init)

    # --- construction -----------------------------------------------------------------------------

    @property
    def _children(self) -> list[Interdependence]:
        return [child for child in self.functions if isinstance(child, Interdependence)]

    @property
    def _plain_fusion(self) -> bool:
        return not len(self.fusion.preprocess) and not len(self.fusion.postprocess)

    def _meet_softmax(self) -> list[int]:
        """Let bilinear scores that meet a softmax only here have the variance that it asks for.

        Returns:
            Which functions have them, and must be drawn anew.
        """
        factor = score_factor(self.postprocess)
        if not factor or not isinstance(self.fusion, ProdFusion):
            return []
        met = []
        for k, child in enumerate(self._children):
            if isinstance(child, BilinearInterdependence) and not len(child.postprocess):
                child.score_variance = 1 / factor**2
                met.append(k)
        return met

    def _find_links(self) -> tuple[int, Links | None]:
        """The only places of A that may differ from 0, if a function has few and A is a product.

        Returns:
            Which function has them (-1: none), and the places.
        """
        follows = column_softmax(self.postprocess)
        supported = (
            not len(self.postprocess)
            or (follows is not None and follows.mask_zeros)
            or (len(self.postprocess) == 1 and _is_degree(self.postprocess[0]))
        )
        plain = all(not len(child.postprocess) for child in self._children)
        if isinstance(self.fusion, ProdFusion) and self._plain_fusion and supported and plain:
            for k, child in enumerate(self._children):
                pattern = child.pattern()
                if pattern is not None:
                    assert child.size is not None
                    return k, Links(pattern, (child.size, child.columns))
        return -1, None

    @property
    def w(self) -> Tensor:
        """The parameters of the functions in their order, then the fusion's, (1, l)."""
        return torch.cat([part.reshape(1, -1) for part in self.parts()], dim=1)

    def parts(self) -> list[nn.Parameter]:
        """The parameters of the functions in their order, then the fusion's."""
        parts = [part for child in self._children for part in child.parts()]
        last: Any = self.fusion
        return [*parts, last.w] if getattr(last, "l", 0) else parts

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw all parameters anew (None: from a new generator with seed 0)."""
        *sources, last = map(_seeded, _seeds(generator, len(self.functions) + 1))
        for child, source in zip(self._children, sources, strict=True):
            child.reset_parameters(source, init)
        self.fusion.reset_parameters(last, init)

    # --- evaluation -------------------------------------------------------------------------------

    def build(self, C: Tensor) -> Tensor:
        """The fused matrix (..., o, o')."""
        matrices = [child.processed(_prepared(child, C)) for child in self._children]
        lead = torch.broadcast_shapes(*(A.shape[:-2] for A in matrices))
        return self.fusion([A.expand(*lead, -1, -1) for A in matrices])

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A: the fused results of the functions, or sums along the links, or by A."""
        if self.links is not None:
            return self.links.sums(self.link_values(C, self.links), Z.mT).mT
        if self._linear:
            return self.fusion([child.apply_to(_prepared(child, C), Z) for child in self._children])
        return super().mix(C, Z)

    def apply_to(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z post(A); where there are links it is post-processed on them."""
        if self.links is None or not len(self.postprocess):
            return super().apply_to(C, Z)
        values = self.link_values(C, self.links)
        softmax = column_softmax(self.postprocess)
        if softmax is not None:
            values = self.links.softmax(values * softmax.rescale_factor)
        else:
            degree: Any = self.postprocess[0]
            values = normalize_links_by_degree(
                values, self.links.places, self.links.shape, degree.mode
            )
        return self.links.sums(values, Z.mT).mT

    def link_values(self, C: Tensor, links: Links) -> Tensor:
        """The entries of A on the links before post-processing, (..., E)."""
        product = None
        for k, child in enumerate(self._children):
            columns, own = _prepared(child, C), child.pattern()
            if isinstance(child, BilinearInterdependence):
                values = links.products(*child.scores(columns))
            elif k == self._linking and own is not None:
                # Its own places, which it has the entries of, in its own order.
                values = links.sorted_values(child.entries(columns, own))
            else:
                values = child.entries(columns, links.places)
            product = values if product is None else product * values
        assert product is not None
        return product


def _told_size(specs: Sequence[Spec], m: int) -> int | None:
    """The number of instances, if one of the functions tells it (as a graph does)."""
    for spec in specs:
        try:
            child = make_interdependence(spec, "instance", m, None, None, "fan_aware")
        except ValueError:  # it needs b; what else is wrong comes up when b is known
            continue
        if child.b is not None:
            return child.b
    return None


def _prepared(child: Interdependence, C: Tensor) -> Tensor:
    return processing.apply(child.preprocess, C) if child.needs_data else C


def _seeds(generator: torch.Generator | None, count: int) -> list[int]:
    """Seeds of their own, so that what one part draws does not change the others' values."""
    generator = default_generator(generator)
    seeds: list[int] = torch.randint(2**62, (count,), generator=generator).tolist()
    return seeds


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _is_degree(function: nn.Module) -> bool:
    return isinstance(function, DegreeBasedNormalizeMatrix)


def _fusion(spec: Spec, dims: list[int], generator: torch.Generator, init: str) -> Fusion:
    """The fusion of matrices with these numbers of columns."""
    cls = get(split_spec(spec)[0])
    if not issubclass(cls, Fusion):
        raise ValueError(f"fusion_function must name a fusion, got {spec!r}.")
    drawn = {"generator": generator, "init": init} if "generator" in signature(cls) else {}
    made: Fusion = create(spec, dims=dims, **drawn)
    return made
