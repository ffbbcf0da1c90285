"""Patches: ordered sets of offsets around a centre, and the steps that pack them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_positive_int, nearest
from rpn_zoo.functions.geometry.grid import Grid
from rpn_zoo.functions.geometry.packing import DENSEST, STRATEGIES

_oversized: ContextVar[bool] = ContextVar("rpn_zoo_oversized_patches", default=False)


@contextmanager
def oversized_patches() -> Iterator[None]:
    """Allow patches that reach beyond the grid from every cell; these of their cells are 0.

    Within a ``with`` block, for networks of other software that were made so.

    Example:
        >>> with oversized_patches():
        ...     Cuboid(p_h=1, p_w=1).check_fits(Grid(1, 5))
    """
    token = _oversized.set(True)
    try:
        yield
    finally:
        _oversized.reset(token)


class Patch(ABC):
    """A patch: its offsets (dh, dw, dd) in lexicographic order, dh slowest."""

    shape: ClassVar[str]

    @property
    @abstractmethod
    def reach(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Cells before and after the centre on each axis."""

    def contains(self, offsets: Tensor) -> Tensor:
        """Which offsets (S, 3) of the bounding box belong to the patch, (S,)."""
        return torch.ones(len(offsets), dtype=torch.bool)

    @abstractmethod
    def check_fits(self, grid: Grid) -> None:
        """Warn if the patch is larger than the grid."""

    def offsets(self) -> Tensor:
        """The offsets, int64 (S, 3).

        Example:
            >>> Cuboid(p_h=0, p_w=1).offsets().tolist()
            [[0, -1, 0], [0, 0, 0], [0, 1, 0]]
        """
        axes = [torch.arange(-before, after + 1) for before, after in self.reach]
        box = torch.cartesian_prod(*axes)
        return box[self.contains(box)]

    def steps(self, packing_strategy: str | None) -> tuple[int, int, int]:
        """The distances of the centres that a packing strategy gives, each >= 1.

        Raises:
            ValueError: for an unknown strategy, with the nearest names.

        Example:
            >>> Sphere(3).steps("complete_face_centered_cubic")
            (4, 4, 3)
        """
        strategies = STRATEGIES[self.shape]
        name = DENSEST if packing_strategy is None else packing_strategy
        h, w, d = strategies[check_choice("packing_strategy", name, strategies)](self)
        return max(1, int(h)), max(1, int(w)), max(1, int(d))


@dataclass(frozen=True)
class Cuboid(Patch):
    """A box: dh in -p_h..p_h_prime, and so on; a missing primed size equals the unprimed one.

    Example:
        >>> len(Cuboid(1, 1).offsets())
        9
    """

    p_h: int
    p_w: int
    p_d: int = 0
    p_h_prime: int | None = None
    p_w_prime: int | None = None
    p_d_prime: int | None = None

    shape = "cuboid"

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name, value in vars(self).items():
            if value is not None or not name.endswith("_prime"):
                check_positive_int(name, value, minimum=0)

    @property
    def reach(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Cells before and after the centre on each axis."""
        return (
            _axis(self.p_h, self.p_h_prime),
            _axis(self.p_w, self.p_w_prime),
            _axis(self.p_d, self.p_d_prime),
        )

    def check_fits(self, grid: Grid) -> None:
        """Warn if it reaches beyond the grid from every cell of an axis."""
        for axis, size, (before, after) in zip("hwd", grid.shape, self.reach, strict=True):
            _check_axis(f"p_{axis}", before, axis, size)
            _check_axis(f"p_{axis}_prime", after, axis, size)


@dataclass(frozen=True)
class Cylinder(Patch):
    """A disc of radius p_r in height and width, dd in -p_d..p_d_prime (p_d where not given).

    Example:
        >>> len(Cylinder(1).offsets())
        5
    """

    p_r: int
    p_d: int = 0
    p_d_prime: int | None = None

    shape = "cylinder"

    def __post_init__(self) -> None:
        """Check the sizes."""
        check_positive_int("p_r", self.p_r, minimum=0)
        check_positive_int("p_d", self.p_d, minimum=0)
        if self.p_d_prime is not None:
            check_positive_int("p_d_prime", self.p_d_prime, minimum=0)

    @property
    def reach(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Cells before and after the centre on each axis."""
        return (self.p_r, self.p_r), (self.p_r, self.p_r), _axis(self.p_d, self.p_d_prime)

    def contains(self, offsets: Tensor) -> Tensor:
        """Which offsets (S, 3) of the bounding box belong to the patch, (S,)."""
        return offsets[:, :2].square().sum(1) <= self.p_r**2

    def check_fits(self, grid: Grid) -> None:
        """Warn if it reaches beyond the grid from every cell."""
        _check_axis("p_r", self.p_r, "max(h, w)", max(grid.h, grid.w))
        before, after = self.reach[2]
        _check_axis("p_d", before, "d", grid.d)
        _check_axis("p_d_prime", after, "d", grid.d)


@dataclass(frozen=True)
class Sphere(Patch):
    """A ball of radius p_r; in a flat grid the offsets out of the plane are 0.

    Example:
        >>> [len(Sphere(r).offsets()) for r in (1, 2, 3, 4)]
        [7, 33, 123, 257]
    """

    p_r: int

    shape = "sphere"

    def __post_init__(self) -> None:
        """Check the radius."""
        check_positive_int("p_r", self.p_r, minimum=0)

    @property
    def reach(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Cells before and after the centre on each axis."""
        r = self.p_r
        return (r, r), (r, r), (r, r)

    def contains(self, offsets: Tensor) -> Tensor:
        """Which offsets (S, 3) of the bounding box belong to the patch, (S,)."""
        return offsets.square().sum(1) <= self.p_r**2

    def check_fits(self, grid: Grid) -> None:
        """Warn if it reaches beyond the grid from every cell on every axis."""
        _check_axis("p_r", self.p_r, "max(h, w, d)", max(grid.shape))


SHAPES: dict[str, type[Patch]] = {kind.shape: kind for kind in (Cuboid, Cylinder, Sphere)}


def make_patch(patch: Patch | Mapping[str, Any]) -> Patch:
    """A patch from its config ``{shape: cuboid | cylinder | sphere, **sizes}``.

    ``name`` is another name of ``shape``, as in the configs of functions.

    Raises:
        ValueError: for an unknown shape, an unknown or missing size, or a bad value.

    Example:
        >>> make_patch({"shape": "cylinder", "p_r": 2})
        Cylinder(p_r=2, p_d=0, p_d_prime=None)
    """
    if isinstance(patch, Patch):
        return patch
    keys = [key for key in ("shape", "name") if isinstance(patch, Mapping) and key in patch]
    if len(keys) != 1:
        raise ValueError(
            f"patch must be given as {{shape: {' | '.join(SHAPES)}, **sizes}}, got {patch!r}."
        )
    shape = check_choice("patch.shape", patch[keys[0]], SHAPES)
    sizes = {key: value for key, value in patch.items() if key not in keys}
    known = {field.name: field.default is MISSING for field in fields(SHAPES[shape])}  # type: ignore[arg-type]
    for key in sizes.keys() - known:
        raise ValueError(
            f"patch: a {shape} has no size {key!r}.{nearest(str(key), known)} "
            f"Its sizes: {', '.join(known)}."
        )
    for key, required in known.items():
        if required and key not in sizes:
            raise ValueError(f"patch: a {shape} needs the size {key}.")
    return SHAPES[shape](**sizes)


def _axis(size: int, prime: int | None) -> tuple[int, int]:
    return size, size if prime is None else prime


def _check_axis(name: str, reach: int, axis: str, size: int) -> None:
    if reach >= size and not _oversized.get():
        raise ValueError(
            f"{name} must be below {axis} = {size}, got {reach}: the patch is larger than the grid."
        )
