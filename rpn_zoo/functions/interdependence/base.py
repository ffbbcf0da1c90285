"""The base class of data interdependence functions: Z A (attributes) or A^T Z (instances)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.functions.component import Component
from rpn_zoo.functions.interdependence.association import spares_matrix
from rpn_zoo.functions.processing import Processing

TYPES = {
    "attribute": "attribute",
    "attribute_interdependence": "attribute",
    "right": "attribute",
    "instance": "instance",
    "instance_interdependence": "instance",
    "left": "instance",
}
"""The accepted values of ``interdependence_type`` and the mode that each of them means."""


class Interdependence(Component):
    r"""A data interdependence function: a matrix A that mixes the attributes or the instances.

    ========= ========== ============================== ==============================
    mode      A          computed from                  result
    ========= ========== ============================== ==============================
    attribute (m, m')    C = x, columns = attributes    :math:`Z A`, (..., b, m')
    instance  (b, b')    C = x^T, columns = instances   :math:`A^T Z`, (..., b', D)
    ========= ========== ============================== ==============================

    Since :math:`A^T Z = (Z^T A)^T`, a subclass is written once, for **columns as objects**: it
    implements :meth:`build` (the matrix) and, where the structure of A spares it, :meth:`mix` (the
    product with it). This class transposes in instance mode. Leading axes are batches of their own:
    each (rows, columns) slice is mixed by itself.

    Args:
        m: number of attributes (columns of x).
        b: number of instances (rows of x); needed where the mode or the parameters fix it.
        interdependence_type: a key of :data:`TYPES`.
        size_prime: number of columns of A, m' or b'; None: A is square.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Attributes:
        mode: ``"attribute"`` or ``"instance"``.
        size: number of objects, m or b; None where any number of instances will do (``any_batch``).
        m_prime: number of columns of the result in attribute mode, else m.
        b_prime: number of rows of the result in instance mode, else b; may be None.
        l: number of parameters.
        needs_data: whether A depends on x; the result for one row then depends on all rows.

    Raises:
        ValueError: for an unknown type or a missing size.
    """

    size_formula = "l = 0"
    depends: ClassVar[tuple[tuple[str, str], ...]] = (
        ("row_independent", "in attribute mode only"),
    )
    family = "interdependence"
    sizes = ("m",)
    default_type: ClassVar[str] = "attribute"
    fixed_rows: bool = False
    """Whether attribute mode needs exactly b rows (parameters of size b)."""
    any_batch: ClassVar[bool] = False
    """Whether instance mode takes any number of rows (b need not be known)."""
    needs_data: bool = False
    l: int = 0  # noqa: E741 - the literature's name

    preprocess: nn.ModuleList
    postprocess: nn.ModuleList
    _like: Tensor

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        size_prime: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__()
        self.m = check_positive_int("m", m)
        self.b = None if b is None else check_positive_int("b", b)
        self.mode = self.mode_of(interdependence_type)
        needs_b = self.fixed_rows if self.mode == "attribute" else not self.any_batch
        if needs_b and b is None:
            raise ValueError(
                f"{self.key()} in {self.mode} mode needs b, the number of rows of a batch."
            )
        self.size = self.m if self.mode == "attribute" else None if self.any_batch else self.b
        prime = self.size if size_prime is None else check_positive_int("size_prime", size_prime)
        self.size_prime = prime
        self.m_prime = self.m
        if self.mode == "attribute" and size_prime is not None:
            self.m_prime = size_prime
        self.b_prime = prime if self.mode == "instance" else self.b
        # Tells the module's dtype and device where there is neither a parameter nor data.
        self.register_buffer("_like", torch.empty(0), persistent=False)
        # Without data a row of the result depends on its own row alone, unless rows are mixed.
        self.row_independent = self.mode == "attribute" and not self.needs_data
        # Normalisations need the number of columns they act on; any other function does not.
        self.preprocess = processing.resolve(
            "preprocess_functions", preprocess_functions, self.size or 0
        )
        self.postprocess = processing.resolve(
            "postprocess_functions", postprocess_functions, prime or 0
        )

    @property
    def columns(self) -> int:
        """The number of columns of A, where it does not depend on the batch; else b."""
        columns = self.b if self.size_prime is None else self.size_prime
        assert columns is not None
        return columns

    @classmethod
    def mode_of(cls, interdependence_type: str | None) -> str:
        """The mode that a type means, ``"attribute"`` or ``"instance"``; None: the default type.

        Raises:
            ValueError: for an unknown type.
        """
        given = cls.default_type if interdependence_type is None else interdependence_type
        return TYPES[check_choice("interdependence_type", given, TYPES)]

    @classmethod
    def prime(
        cls, interdependence_type: str | None, m_prime: int | None, b_prime: int | None
    ) -> tuple[str, int | None]:
        """Name and value of that one of m_prime and b_prime that counts in the mode."""
        if cls.mode_of(interdependence_type) == "attribute":
            name, value = "m_prime", m_prime
        else:
            name, value = "b_prime", b_prime
        return name, None if value is None else check_positive_int(name, value)

    # --- for subclasses: columns are objects ------------------------------------------------------

    def build(self, C: Tensor) -> Tensor:
        """The matrix A (..., o, o') before its post-processing.

        Args:
            C: (..., s, o), columns are the objects. Where ``needs_data`` is False only its dtype,
                its device and its number of columns may be used.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement build(C).")

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """The product Z A without post-processing: Z (..., rows, o) -> (..., rows, o').

        Overridden where the structure of A allows more than forming it.
        """
        return self.times(Z, self.build(C))

    def times(self, Z: Tensor, A: Tensor) -> Tensor:
        """Z A, in instance mode as (A^T Z^T)^T: then A^T z is in the order of rows, as z is."""
        return Z @ A if self.mode == "attribute" else (A.mT @ Z.mT).mT

    def times_product(self, Z: Tensor, K: Tensor, Q: Tensor) -> Tensor:
        """Z K^T Q in the cheaper order: A = K^T Q is not formed where that costs more.

        Args:
            Z: (..., rows, o).
            K: (..., k, o).
            Q: (..., k, o').
        """
        if spares_matrix(Z.shape[-2], K.shape[-2], K.shape[-1], Q.shape[-1]):
            return self.times(self.times(Z, K.mT), Q)
        return self.times(Z, K.mT @ Q)

    def apply_to(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z post(A); overridden where a post-processed product has a structure of its own."""
        if len(self.postprocess):
            return self.times(Z, self.processed(C))
        return self.mix(C, Z)

    def processed(self, C: Tensor) -> Tensor:
        """The matrix A (..., o, o') after its post-processing."""
        return processing.apply(self.postprocess, self.build(C))

    def pattern(self) -> Tensor | None:
        """The places (2, E) of A that may differ from 0, as (source, target); None if all may."""
        return None

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The entries of A (before post-processing) at the places ``pattern`` (2, E): (..., E)."""
        return self.build(C)[..., pattern[0], pattern[1]]

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw all parameters anew (here: there are none)."""

    def parts(self) -> list[nn.Parameter]:
        """The parameters, each (1, .), in the order in which they stand in one vector w (1, l)."""
        return []

    # --- for users: rows are instances ------------------------------------------------------------

    def objects(self, x: Tensor) -> Tensor:
        """C: pre-processed x with the objects as columns, (..., b, m) or (..., m, b)."""
        C = x if self.mode == "attribute" else x.mT
        return processing.apply(self.preprocess, C)

    def matrix(self, x: Tensor | None = None) -> Tensor:
        """Show A after its post-processing: (m, m') in attribute mode, (b, b') in instance mode.

        Args:
            x: the batch (..., b, m); may be None where A does not depend on data.
        """
        if self.needs_data:
            return self.processed(self.objects(self._check(x, None)))
        if x is None:
            if self.size is None:
                raise ValueError(
                    f"{self.key()}: matrix(x) needs x, which tells the number of rows."
                )
            return self.processed(self._like.new_empty(0, self.size))
        return self.processed(x if self.mode == "attribute" else x.mT)

    def forward(self, x: Tensor | None, z: Tensor | None = None) -> Tensor:
        """Mix ``z`` (default: x itself) by the matrix that is computed from ``x``.

        Args:
            x: the batch (..., b, m); may be None where A does not depend on data.
            z: what is mixed: (..., rows, m) in attribute mode, (..., b, D) in instance mode.

        Returns:
            (..., rows, m') in attribute mode, (..., b', D) in instance mode.

        Raises:
            ValueError: if a shape does not fit; both sizes are named.
        """
        operand = x if z is None else z
        if operand is None:
            raise ValueError(f"{self.key()} needs x or z, got neither.")
        if self.needs_data:
            x = self._check(x, z)
        self._check_operand(operand, x)
        Z = operand if self.mode == "attribute" else operand.mT
        y = self.apply_to(self.objects(x) if self.needs_data and x is not None else Z, Z)
        return y if self.mode == "attribute" else y.mT

    def _check(self, x: Tensor | None, z: Tensor | None) -> Tensor:
        """The batch from which A is computed, if its shape is right."""
        if x is None:
            raise ValueError(f"{self.key()} computes its matrix from data: it needs x.")
        if x.dim() < 2 or x.shape[-1] != self.m:
            raise ValueError(f"x must have shape (batch, m = {self.m}), got {tuple(x.shape)}.")
        if not torch.is_floating_point(x):
            raise ValueError(f"x must be a floating point tensor, got dtype {x.dtype}.")
        rows_fixed = self.fixed_rows if self.mode == "attribute" else self.size is not None
        if rows_fixed and x.shape[-2] != self.b:
            raise ValueError(
                f"{self.key()} was made for batches of exactly b = {self.b} rows, "
                f"got {x.shape[-2]} rows."
            )
        return x

    def _check_operand(self, z: Tensor, x: Tensor | None) -> None:
        """Whether what is mixed fits A, and x where any number of rows will do."""
        if z.dim() < 2 or not torch.is_floating_point(z):
            raise ValueError(
                "what is mixed must be a floating point tensor (..., rows, columns), "
                f"got {z.dtype} of the shape {tuple(z.shape)}."
            )
        axis, what = (-1, "columns (m)") if self.mode == "attribute" else (-2, "rows (b)")
        if self.size is not None and z.shape[axis] != self.size:
            raise ValueError(f"{self.key()} was made for {self.size} {what}, got {z.shape[axis]}.")
        if self.size is None and x is not None and z.shape[axis] != x.shape[axis]:
            raise ValueError(
                f"what is mixed must have as many {what} as x, "
                f"{x.shape[axis]}, got {z.shape[axis]}."
            )

    def extra_repr(self) -> str:
        """The mode, the sizes and the options."""
        return f"{self.mode}, {super().extra_repr()}"
