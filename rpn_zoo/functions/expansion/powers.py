"""The base class of expansions that are all products of up to d entries of a narrower row."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import MAX_INT
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.kron_powers import kron_powers, kron_powers_moments
from rpn_zoo.functions.processing import Processing


def powers_width(M: int, d: int) -> int:
    """The width M + M^2 + ... + M^d.

    Raises:
        ValueError: if it exceeds :data:`~rpn_zoo.functions.checks.MAX_INT`, before the rest of a
            long sum is computed.

    Example:
        >>> powers_width(784, 2)
        615440
    """
    width, power = 0, 1
    for _ in range(d):
        power *= M
        width += power
        if width > MAX_INT:
            raise ValueError(
                f"d must keep D = M + ... + M^d <= {MAX_INT:,}, got d = {d} for M = {M:,}."
            )
        if M == 1:
            return d
    return width


class PowersExpansion(Expansion):
    r"""The Kronecker powers :math:`[r, r \otimes r, \dots, r^{\otimes d}]` of a row r(x).

    A subclass gives the row, M numbers wide. D = M + ... + M^d, which no contraction rule builds:
    the rules for this class work on the row.

    Args:
        m: input width.
        M: width of the row.
        d: highest order of products, >= 1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data; ``layer_norm`` costs O(M) here.
    """

    def __init__(
        self,
        m: int,
        M: int,
        d: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, powers_width(M, d), preprocess_functions, postprocess_functions)
        self.M, self.d = M, d
        self.closed_form_moments = d > 1  # with d = 1 there is nothing wide

    def row(self, x: Tensor) -> Tensor:
        """The row r(x) of pre-processed x: (b, m) -> (b, M)."""
        raise NotImplementedError(f"{type(self).__name__} must implement row(x).")

    def expand(self, x: Tensor) -> Tensor:
        """All products of up to d entries of the row: (b, m) -> (b, D)."""
        return kron_powers(self.row(x), self.d)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance over D in closed form, each (b, 1)."""
        return kron_powers_moments(self.row(x), self.d)
