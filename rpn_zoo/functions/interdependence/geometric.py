"""Geometric interdependence: patches of a grid beside each other, or their sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.geometry import Grid, Patch, Patches, make_patch
from rpn_zoo.functions.interdependence.base import TYPES, Interdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

MATRIX_MODES = ("padding", "aggregation")
NORMALIZATIONS = ("row", "column", "row_column")
SOURCE = "RPN 2, arXiv:2411.11162, section 4 (geometric interdependence functions)"


@register
class GeometricInterdependence(Interdependence):
    r"""Patches of a grid: A copies the cells of each patch, or adds them up.

    With P patches of S cells in U channels of V cells each, A is

    * ``padding``: (U V, P U S); column ``(p U + u) S + s`` copies cell s of patch p in channel u;
    * ``aggregation``: (U V, P U); column ``p U + u`` adds the cells of patch p in channel u.

    Cells outside the grid are 0. Nothing is multiplied: patches are unfolded or gathered, sums are
    taken of these. A head on it with the identity expansion is one convolution (:meth:`convolve`).

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        patch: ``{shape: cuboid, p_h, p_w, ...}``, ``{shape: cylinder, p_r, p_d}`` or
            ``{shape: sphere, p_r}``.
        d: depth of the grid; 1 for images.
        channel_num: U; must be 1 in instance mode.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        interdependence_matrix_mode: ``"padding"`` or ``"aggregation"``.
        normalization: whether the matrix of each channel is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"`` (rows by the root of their
            sums, then columns by the root of the sums that this leaves).
        b: number of instances; in instance mode h w d (None: taken from the grid).
        interdependence_type: see :class:`Interdependence`.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Attributes:
        patch_num: P.
        patch_size: S.
        grid_shape: (h, w, d).
        grid_shape_after_packing: number of centres on each axis.

    Raises:
        ValueError: if m or b is not that of the grid, a name is unknown, or several channels are
            asked for in instance mode.

    Example:
        >>> patch = {"shape": "cuboid", "p_h": 0, "p_w": 1}
        >>> f = GeometricInterdependence(m=3, h=1, w=3, patch=patch)
        >>> f(torch.tensor([[1.0, 2.0, 3.0]]))
        tensor([[0., 1., 2., 1., 2., 3., 2., 3., 0.]])
    """

    formula = "A[cell, (p U + u) S + s] = [cell is entry s of patch p, channel u], or summed over s"
    source = SOURCE
    index: Tensor
    values: Tensor | None

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        patch: Patch | Mapping[str, Any],
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        interdependence_matrix_mode: str = "padding",
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        grid = Grid(h, w, d, channel_num)
        patches = Patches(grid, make_patch(patch), packing_strategy, cd_h, cd_w, cd_d)
        check_choice("interdependence_matrix_mode", interdependence_matrix_mode, MATRIX_MODES)
        check_choice("normalization_mode", normalization_mode, NORMALIZATIONS)
        aggregates = interdependence_matrix_mode == "aggregation"
        entries = 1 if aggregates else patches.volume
        if TYPES.get(str(interdependence_type)) == "instance":
            if channel_num != 1:
                raise ValueError(f"channel_num must be 1 in instance mode, got {channel_num}.")
            b = grid.cells if b is None else b
        super().__init__(
            m,
            b,
            interdependence_type,
            patches.count * channel_num * entries,
            preprocess_functions,
            postprocess_functions,
        )
        grid.check_width("m" if self.mode == "attribute" else "b", self.size or 0)
        self.patches, self.aggregates = patches, aggregates
        self.channel_num = channel_num
        self.patch_num, self.patch_size = patches.count, patches.volume
        self.grid_shape, self.grid_shape_after_packing = grid.shape, patches.shape
        index = patches.index()
        values = None
        if normalization:
            values = normalized_values(index, grid.cells, normalization_mode, aggregates)
        # They follow from the options: not saved. The values are kept as the bits of float64, so
        # that a cast of the module leaves them exact.
        self.register_buffer("index", index, persistent=False)
        self.register_buffer("values", values, persistent=False)

    def channel_matrix(self, like: Tensor | None = None) -> Tensor:
        """The matrix of one channel: (V, P S), or (V, P) in aggregation mode.

        Args:
            like: tells dtype and device; None: torch's defaults.
        """
        like = torch.empty(0) if like is None else like
        V, index = self.patches.grid.cells, self.index.to(like.device)
        A = like.new_zeros(V + 1, *index.shape)
        values = self._values(A)
        source = like.new_ones(index.shape) if values is None else values
        A = A.scatter(0, index.unsqueeze(0), source.unsqueeze(0))[:V]
        return A.sum(-1) if self.aggregates else A.flatten(1)

    def build(self, C: Tensor) -> Tensor:
        """The matrix of all channels: (U V, P U S), or (U V, P U) in aggregation mode."""
        A = self.channel_matrix(C)
        channels = torch.eye(self.channel_num, dtype=A.dtype, device=A.device)
        A = A.unflatten(1, (self.patch_num, -1))
        blocks = torch.einsum("vps,uw->uvpws", A, channels)
        return blocks.flatten(0, 1).flatten(1)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """The patches of every row of Z (..., rows, m), or their sums."""
        rows = Z.flatten(0, -2)
        read = self.patches.read(rows, self.index)  # (rows, U, P, S)
        values = self._values(read)
        if values is not None:
            read = read * values
        y = read.sum(-1, keepdim=True) if self.aggregates else read
        return y.transpose(1, 2).flatten(1).unflatten(0, Z.shape[:-1])

    def convolve(self, x: Tensor, W: Tensor) -> Tensor:
        """The product of all patches with weights that they share, as one convolution.

        Args:
            x: data (b, m).
            W: (n, U S), channel slowest.

        Returns:
            (b, n, P).

        Raises:
            ValueError: in aggregation mode, or where the matrix is normalised.
        """
        if not self.convolves:
            raise ValueError(
                f"{self.key()} is a convolution in padding mode without normalisation only."
            )
        return self.patches.convolve(x, W)

    @property
    def convolves(self) -> bool:
        """Whether a product with shared weights is a convolution."""
        return self.mode == "attribute" and not self.aggregates and self.values is None

    def _values(self, like: Tensor) -> Tensor | None:
        """The entries of the normalised matrix at ``index``, in the dtype of ``like``."""
        if self.values is None:
            return None
        return self.values.view(torch.float64).to(like)


def normalized_values(index: Tensor, cells: int, mode: str, aggregates: bool) -> Tensor:
    """The entries of one channel's matrix after normalisation by its sums.

    Args:
        index: cells of the patches, (P, S), ``cells`` for those outside the grid.
        cells: V, the number of rows of the matrix.
        mode: ``"row"``, ``"column"`` or ``"row_column"``.
        aggregates: whether a column is a patch rather than a cell of one.

    Returns:
        float64 (P, S) as int64 bits, 0 outside the grid.
    """
    inside = (index < cells).double()
    row_sums = torch.zeros(cells + 1, dtype=torch.float64)
    row_sums.index_add_(0, index.reshape(-1), inside.reshape(-1))
    row_sums = torch.where(row_sums == 0, 1.0, row_sums)
    values = inside
    if mode == "row":
        values = inside / row_sums[index]
    elif mode == "row_column":
        values = inside / row_sums[index].sqrt()
    if mode != "row":
        sums = values.sum(-1, keepdim=True) if aggregates else values
        sums = torch.where(sums == 0, 1.0, sums)
        values = values / (sums if mode == "column" else sums.sqrt())
    return values.contiguous().view(torch.int64)


def radius(p_r: int | None, r: int | None) -> int:
    """The radius under either of its names.

    Raises:
        ValueError: if none or both are given.
    """
    if (p_r is None) == (r is None):
        raise ValueError(f"p_r (or its other name r) must be given once, got p_r={p_r}, r={r}.")
    return p_r if r is None else r  # type: ignore[return-value]
