"""Weighted summation fusion, with fixed weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


def weighted_sum(xs: Sequence[Tensor], weights: Tensor) -> Tensor:
    """The sum of weights[k] xs[k], as one product.

    Args:
        xs: K tensors of equal shape.
        weights: (K).

    Example:
        >>> weighted_sum([torch.ones(2), torch.ones(2)], torch.tensor([1.0, 2.0]))
        tensor([3., 3.])
    """
    total = weights.unsqueeze(0) @ torch.stack(list(xs)).flatten(1)
    return total.view(xs[0].shape)


@register
class WeightedSummationFusion(EntrywiseFusion):
    r"""A sum with fixed weights, :math:`y = \sum_k weights_k x_k`.

    The weights are saved with the module.

    Args:
        dims: the widths of the inputs, all equal.
        weights: K numbers (a list, or a tensor of shape (K)); None: all 1.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ or there is not one finite weight for each input.

    Example:
        >>> f = WeightedSummationFusion([2, 2], weights=[1.0, -0.5])
        >>> f([torch.tensor([[1.0, 2.0]]), torch.tensor([[2.0, 4.0]])])
        tensor([[0., 0.]])
    """

    formula = "y = sum_k weights_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: weighted summation)"
    stateful = True

    weights: Tensor

    def __init__(
        self,
        dims: Sequence[int],
        weights: Sequence[float] | Tensor | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(dims, preprocess_functions, postprocess_functions)
        if isinstance(weights, Tensor):
            weights = weights.detach().flatten().tolist()
            self._options["weights"] = list(weights)
        values = [1.0] * len(dims) if weights is None else weights
        if not isinstance(values, (list, tuple)) or len(values) != len(dims):
            raise ValueError(
                f"weights must hold a number for each of the {len(dims)} inputs, got {weights!r}."
            )
        numbers = [check_finite("weights", value) for value in values]
        dtype = torch.get_default_dtype()
        self.register_buffer("weights", torch.tensor(numbers, dtype=torch.float64).to(dtype))

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The weighted sum of K tensors (..., n)."""
        return weighted_sum(xs, self.weights)
