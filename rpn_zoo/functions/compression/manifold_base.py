"""What the manifold embeddings share: checks, neighbours, eigenvectors, and two kinds of them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.compression.base import Compression, check_at_most_m, untraced
from rpn_zoo.functions.compression.fitted import FittedCompression
from rpn_zoo.functions.processing import Processing


class TransductiveEmbedding(Compression):
    """An embedding of the rows of each batch by themselves, for which new rows have no place.

    Training and evaluation mode are alike: every call embeds the batch it gets, whatever came
    before, and nothing is kept. A row's result depends on all rows of its batch, so that a network
    must be evaluated on the batches that are meant, and never row by row. There is no gradient.

    A subclass implements :meth:`embed`, on the host where it needs scikit-learn.

    Args:
        m: input width.
        D: output width, <= m; a batch needs more rows.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
    """

    size_formula = "D as given"
    differentiable = False
    row_independent = False
    # It looks at the values and the number of the rows, or hands them to scikit-learn.
    exportable = False

    def __init__(
        self,
        m: int,
        D: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_at_most_m("D", D, m)
        super().__init__(m, D, preprocess_functions, postprocess_functions)

    def embed(self, x: Tensor) -> Tensor:
        """Embed the rows of a finite float64 batch: (b, m) -> (b, D)."""
        raise NotImplementedError(f"{type(self).__name__} must implement embed(x).")

    def check_rows(self, rows: int) -> None:
        """Raise a ValueError if a batch has too few rows."""
        check_rows(self.key(), rows, D=self.D)

    @untraced
    @torch.no_grad()
    def expand(self, x: Tensor) -> Tensor:
        """Embed the rows of x, (b, m) -> (b, D), in its dtype and without a gradient.

        Raises:
            ValueError: if there are too few rows, or values that are not finite.
        """
        self.check_rows(x.shape[0])
        if x.is_meta:
            return x.new_empty(x.shape[0], self.D)
        if not bool(x.isfinite().all()):
            raise ValueError(f"{self.key()} cannot embed NaN or infinite values.")
        return self.embed(x.detach().double()).to(x)


class NeighbourEmbedding(FittedCompression):
    """An embedding of the rows of a training batch, in which new rows find their place.

    In training mode every call embeds its batch anew and keeps it as the reference; in evaluation
    mode each row is placed by its nearest neighbours in the last reference. There is no gradient.

    A subclass implements ``update`` (embed the batch, keep ``reference`` and ``embedding``) and
    ``place``.

    Args:
        m: input width.
        D: output width, <= m; a batch to fit needs more rows.
        n_neighbors: number of neighbours; a batch to fit needs more rows.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
    """

    differentiable = False
    row_independent = False
    growing: ClassVar[tuple[str, ...]] = ("reference_bits", "embedding_bits")
    reference_bits: Tensor
    embedding_bits: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        n_neighbors: int = 5,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_at_most_m("D", D, m)
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.n_neighbors = check_positive_int("n_neighbors", n_neighbors)
        self.register_buffer("reference_bits", torch.zeros(0, m, dtype=torch.int64))
        self.register_buffer("embedding_bits", torch.zeros(0, D, dtype=torch.int64))

    @property
    def reference(self) -> Tensor:
        """The rows of the last batch that was fitted, (B, m) in float64."""
        return self.reference_bits.view(torch.float64)

    @property
    def embedding(self) -> Tensor:
        """The embedding of the reference, (B, D) in float64."""
        return self.embedding_bits.view(torch.float64)

    def place(self, x: Tensor, distances: Tensor, neighbours: Tensor) -> Tensor:
        """Place rows in the embedding of the reference.

        Args:
            x: rows in float64, (b, m).
            distances: to the nearest rows of the reference, (b, n_neighbors), increasing.
            neighbours: which these are.

        Returns:
            (b, D) in float64.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement place(...).")

    def check_rows(self, rows: int) -> None:
        """Raise a ValueError if a batch to fit has too few rows."""
        check_rows(self.key(), rows, D=self.D, n_neighbors=self.n_neighbors)

    @torch.no_grad()
    def transform(self, x: Tensor) -> Tensor:
        """Place the rows of x in the embedding of the reference: (b, m) -> (b, D)."""
        wide = x.detach().double()
        distances, neighbours = nearest(wide, self.reference, self.n_neighbors)
        return self.place(wide, distances, neighbours).to(x)

    def expand(self, x: Tensor) -> Tensor:
        """The embedding of the batch in training mode, the places of its rows in evaluation mode.

        Raises:
            ValueError: in training mode, if there are too few rows or values that are not finite;
                in evaluation mode, if it was never fitted.
        """
        if not self.training:
            return super().expand(x)
        self.learn(x)
        return self.embedding.to(x, copy=True)


def check_rows(key: str, rows: int, **least: int) -> None:
    """Raise a ValueError if there are no more rows than the largest of the named numbers."""
    if rows <= max(least.values()):
        limits = ", ".join(f"{name} = {value}" for name, value in least.items())
        raise ValueError(f"{key} needs batches of more rows than {limits}, got {rows} rows.")


def nearest(x: Tensor, reference: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k nearest rows of ``reference`` for each row of x: distances and places, (b, k)."""
    # The faster way by matrix products is off by 1e-8 for near rows.
    distances = torch.cdist(x, reference, compute_mode="donot_use_mm_for_euclid_dist")
    values, places = distances.topk(k, dim=1, largest=False)
    return values, places


def nearest_others(x: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k nearest other rows of x for each row: distances and places, (b, k)."""
    distances = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    distances.fill_diagonal_(torch.inf)
    values, places = distances.topk(k, dim=1, largest=False)
    return values, places


def positive_largest(columns: Tensor) -> Tensor:
    """Columns with their signs chosen such that the entry of largest absolute value is positive.

    Example:
        >>> positive_largest(torch.tensor([[1.0, 1.0], [-2.0, 0.5]]))
        tensor([[-1.0000,  1.0000],
                [ 2.0000,  0.5000]])
    """
    largest = columns.gather(0, columns.abs().argmax(0, keepdim=True))
    return columns * torch.where(largest < 0, -1.0, 1.0).to(columns)
