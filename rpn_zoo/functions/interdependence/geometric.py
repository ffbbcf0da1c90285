"""Geometric interdependence: patches of a grid beside each other, or their sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.geometry import Grid, Patch, Patches, make_patch
from rpn_zoo.functions.interdependence.base import TYPES, Interdependence
from rpn_zoo.functions.matrix_normalization import reciprocal
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

    Cells outside the grid are 0. A is formed only to be shown or post-processed: patches are
    gathered by one index, sums are poolings, normalisations scale cells and patches. A head on it
    with the identity expansion is one convolution (:meth:`convolve`).

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        patch: ``{shape: cuboid, p_h, p_w, p_d, p_h_prime, ...}``, ``{shape: cylinder, p_r, p_d,
            p_d_prime}`` or ``{shape: sphere, p_r}``.
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
    cell_bits: Tensor | None
    patch_bits: Tensor | None

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
        cell, patch_scale = None, None
        if normalization:
            cell, patch_scale = normalization_scales(patches, normalization_mode, aggregates)
        # They follow from the options: not saved. Bits of float64 stay exact under any cast.
        self.register_buffer("cell_bits", _bits(cell), persistent=False)
        self.register_buffer("patch_bits", _bits(patch_scale), persistent=False)

    # --- products ---------------------------------------------------------------------------------

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """The patches of every row of Z (..., rows, m), or their sums."""
        if self.mode == "instance":
            return self._mix_instances(Z.mT).mT
        x = self._scaled(Z.reshape(-1, self.m))
        if self.aggregates:
            y = self.patches.pool(x, "sum").mT
            if self.patch_bits is not None:
                y = y * _floats(self.patch_bits, y).unsqueeze(-1)
        else:
            y = self.patches.read_by_patch(x)
        return y.flatten(1).unflatten(0, Z.shape[:-1])

    def _mix_instances(self, z: Tensor) -> Tensor:
        """The same where the cells are rows: (..., b, D) -> (..., b', D)."""
        if self.cell_bits is not None:
            z = z * _floats(self.cell_bits, z).unsqueeze(-1)
        y = self.patches.read_instances(z)
        if not self.aggregates:
            return y.flatten(-3, -2)
        y = y.sum(-2)
        return y if self.patch_bits is None else y * _floats(self.patch_bits, y).unsqueeze(-1)

    def _scaled(self, x: Tensor) -> Tensor:
        """Rows of the grid with each cell scaled as the normalisation asks for."""
        if self.cell_bits is None:
            return x
        scale = _floats(self.cell_bits, x)
        return (x.unflatten(1, (self.channel_num, -1)) * scale).flatten(1)

    @property
    def convolves(self) -> bool:
        """Whether a product with shared weights is a convolution."""
        return self.mode == "attribute" and not self.aggregates and not len(self.postprocess)

    def convolve(self, x: Tensor, W: Tensor) -> Tensor:
        """The product of all patches with weights that they share, as one convolution.

        With y = x A in shape (b, P, U S) this is y W^T, without y. Costs b n P U S products.

        Args:
            x: data (b, m).
            W: (n, U S), channel slowest.

        Returns:
            (b, n, P).

        Raises:
            ValueError: in aggregation mode, in instance mode, or with post-processing.
        """
        if not self.convolves:
            raise ValueError(
                f"{self.key()} is a convolution in attribute and padding mode only, and without "
                "post-processing."
            )
        return self.patches.convolve(self._scaled(x), W)

    # --- the matrix -------------------------------------------------------------------------------

    def channel_matrix(self, like: Tensor | None = None) -> Tensor:
        """Show the matrix of one channel: (V, P S), or (V, P) in aggregation mode.

        Args:
            like: tells dtype and device; None: those of this module.
        """
        like = self._like if like is None else like
        V, cells = self.patches.grid.cells, self.patches.cells().to(like.device)
        A = like.new_zeros(V + 1, *cells.shape)
        A = A.scatter(0, cells.unsqueeze(0), 1.0)[:V].mT  # (V, P, S)
        if self.cell_bits is not None:
            A = A * _floats(self.cell_bits, A)[:, None, None]
        if not self.aggregates:
            return A.flatten(1)
        A = A.sum(-1)
        return A if self.patch_bits is None else A * _floats(self.patch_bits, A)

    def build(self, C: Tensor) -> Tensor:
        """The matrix of all channels: (U V, P U S), or (U V, P U) in aggregation mode."""
        A = self.channel_matrix(C).unflatten(1, (self.patch_num, -1))
        channels = torch.eye(self.channel_num, dtype=A.dtype, device=A.device)
        return torch.einsum("vps,uw->uvpws", A, channels).flatten(2).flatten(0, 1)


def normalization_scales(
    patches: Patches, mode: str, aggregates: bool
) -> tuple[Tensor | None, Tensor | None]:
    """What the rows and columns of one channel's matrix are multiplied by in its normalisation.

    A column of ``padding`` has one entry, so its sum is a factor of that entry's row.

    Args:
        patches: the patches of the grid.
        mode: ``"row"``, ``"column"`` or ``"row_column"``.
        aggregates: whether a column is a patch rather than a cell of one.

    Returns:
        float64 factors of the cells (V,) and of the patches (P,), None for ones. Sums that are 0
        count as 1.

    Example:
        >>> from rpn_zoo.functions.geometry import Cuboid
        >>> normalization_scales(Patches(Grid(1, 3), Cuboid(0, 1)), "row", False)[0].tolist()
        [0.5, 0.3333333333333333, 0.5]
    """
    cells, V = patches.cells(), patches.grid.cells
    counts = torch.bincount(cells.reshape(-1), minlength=V + 1)[:V].double()
    rows = reciprocal(counts)
    if not aggregates:
        return {"row": rows, "column": None, "row_column": rows.sqrt().sqrt()}[mode], None
    if mode == "row":
        return rows, None
    scale = torch.ones_like(rows) if mode == "column" else rows.sqrt()
    columns = reciprocal(functional.pad(scale, (0, 1))[cells].sum(0))
    return (None, columns) if mode == "column" else (scale, columns.sqrt())


def _bits(values: Tensor | None) -> Tensor | None:
    return None if values is None else values.view(torch.int64)


def _floats(bits: Tensor, like: Tensor) -> Tensor:
    return bits.view(torch.float64).to(like)


def radius(p_r: int | None, r: int | None) -> int:
    """The radius under either of its names.

    Raises:
        ValueError: if none or both are given.
    """
    if (p_r is None) == (r is None):
        raise ValueError(f"p_r (or its other name r) must be given once, got p_r={p_r}, r={r}.")
    return p_r if r is None else r  # type: ignore[return-value]
