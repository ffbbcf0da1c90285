"""The common part of fusions that combine the K values of each entry by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions.fusion.base import Fusion, equal_width
from rpn_zoo.functions.processing import Processing


class EntrywiseFusion(Fusion):
    """A fusion y[i] = f(x_1[i], ..., x_K[i]) of inputs of equal width, n = n_1 = ... = n_K.

    A subclass implements :meth:`fuse`. Reducing over the stacked axis 0, or input by input, needs
    no copy with the K values of an entry side by side.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
    """

    size_formula = "n = dims[0]; l = 0"

    def __init__(
        self,
        dims: Sequence[int],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        n = equal_width(self.key(), dims)
        super().__init__(dims, n, preprocess_functions, postprocess_functions)
