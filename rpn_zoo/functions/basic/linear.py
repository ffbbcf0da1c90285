"""Fixed linear maps: numbers or matrices, nothing learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.transformation import Transformation

Fixed: TypeAlias = "float | Sequence[float] | Sequence[Sequence[float]] | Tensor | None"


class Linear(Transformation):
    """A fixed linear map of the data, by the first that is given of c, pre_C, post_C."""

    formula = "kappa(x) = c x, or pre_C x, or x post_C, or x"
    size_formula = "D = m, or the number of columns of post_C"
    depends = (("row_independent", "not where pre_C is used"),)
    c: Tensor | None
    pre_C: Tensor | None
    post_C: Tensor | None

    def __init__(
        self,
        m: int,
        c: Fixed = None,
        pre_C: Fixed = None,
        post_C: Fixed = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_positive_int("m", m)
        scale, left, right = _fixed("c", c), _fixed("pre_C", pre_C), _fixed("post_C", post_C)
        if scale is not None and (
            scale.dim() > 2 or (scale.dim() > 0 and scale.shape[-1] not in (1, m))
        ):
            raise ValueError(f"c must broadcast against (b, {m}), got shape {tuple(scale.shape)}.")
        if left is not None and (left.dim() != 2 or left.shape[0] != left.shape[1]):
            raise ValueError(f"pre_C must be a square matrix, got shape {tuple(left.shape)}.")
        if right is not None and (right.dim() != 2 or right.shape[0] != m):
            raise ValueError(f"post_C must have shape ({m}, k), got {tuple(right.shape)}.")
        by_right = right is not None and scale is None and left is None
        width = right.shape[1] if right is not None and by_right else m
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        # They follow from the options: not saved.
        self.register_buffer("c", scale, persistent=False)
        self.register_buffer("pre_C", left, persistent=False)
        self.register_buffer("post_C", right, persistent=False)
        self.row_independent = scale is not None or left is None

    def expand(self, x: Tensor) -> Tensor:
        """The linear map: (b, m) -> (b, D)."""
        if self.c is not None:
            self._check_rows("c", self.c.shape[0] if self.c.dim() == 2 else 1, x)
            return self.c.to(x) * x
        if self.pre_C is not None:
            self._check_rows("pre_C", self.pre_C.shape[0], x, one_for_all=False)
            return self.pre_C.to(x) @ x
        return x if self.post_C is None else x @ self.post_C.to(x)

    @staticmethod
    def _check_rows(name: str, rows: int, x: Tensor, one_for_all: bool = True) -> None:
        if rows != x.shape[0] and not (one_for_all and rows == 1):
            raise ValueError(f"{name} was made for batches of {rows} rows, got {x.shape[0]}.")


def _fixed(name: str, value: Fixed) -> Tensor | None:
    """A given number, list or tensor as a tensor; numbers keep all their digits (float64)."""
    if value is None:
        return None
    try:
        given = isinstance(value, Tensor) and value.is_floating_point()
        tensor = torch.as_tensor(value, dtype=None if given else torch.float64).detach().clone()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers in equal rows, got {value!r}.") from error
    if not tensor.isfinite().all():
        raise ValueError(f"{name} must hold finite numbers.")
    return tensor
