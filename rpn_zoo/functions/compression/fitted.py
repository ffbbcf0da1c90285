"""The base class of compressions that are fitted to data."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rpn_zoo.functions.compression.base import Compression, untraced
from rpn_zoo.functions.processing import Processing


class FittedCompression(Compression):
    """A compression with a state that follows the data.

    In training mode each call first updates the state by its batch, then transforms the batch; in
    evaluation mode the state is frozen. :meth:`fit` updates it in either mode. The transform is a
    torch expression of x with the state as a constant, so that gradients reach x.

    The state lies in persistent buffers: a state dict carries it to a fresh module. Its real
    numbers are kept as the bits of float64 (buffers ``..._bits``), so that
    casting the module to another dtype does not round what later batches are added to.

    A subclass implements :meth:`update` and :meth:`transform`.

    Args:
        m: input width.
        D: output width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Attributes:
        t: the number of batches that the state comes from.
        growing: names of buffers whose shape depends on the data.
    """

    size_formula = "D as given"
    fitted = True
    stateful = True
    growing: ClassVar[tuple[str, ...]] = ()
    t: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.register_buffer("t", torch.zeros((), dtype=torch.int64))
        self._has_state = False

    @property
    def is_fitted(self) -> bool:
        """Whether there is a state to transform with."""
        # Looked up until it is so: on an accelerator that waits for the device.
        if not self._has_state and not self.t.is_meta:
            self._has_state = bool(self.t > 0)
        return self._has_state

    def update(self, x: Tensor) -> None:
        """Update the state by the pre-processed batch x (b, m), finite and in float64."""
        raise NotImplementedError(f"{type(self).__name__} must implement update(x).")

    def transform(self, x: Tensor) -> Tensor:
        """Transform pre-processed x with the present state: (b, m) -> (b, D)."""
        raise NotImplementedError(f"{type(self).__name__} must implement transform(x).")

    @untraced
    @torch.no_grad()
    def learn(self, x: Tensor) -> None:
        """Check the pre-processed batch x (b, m) and update the state by it.

        Raises:
            ValueError: if x holds NaN or an infinity, which would stay in the state for good.
        """
        if not bool(x.isfinite().all()):
            raise ValueError(f"{self.key()} cannot be fitted to NaN or infinite values.")
        self.update(x.detach().double())

    def fit(self, x: Tensor) -> None:
        """Update the state by the batch x (b, m), in training and in evaluation mode."""
        with torch.no_grad():
            self.learn(self.prepare(x))

    def expand(self, x: Tensor) -> Tensor:
        """The compression, (b, m) -> (b, D), of x after an update by x in training mode.

        Raises:
            ValueError: in evaluation mode, if the state was never fitted.
        """
        if self.training:
            self.learn(x)
        else:
            self.check_fitted()
        return self.transform(x)

    def check_fitted(self) -> None:
        """Raise a ValueError if the state was never fitted."""
        if not self.is_fitted:
            raise ValueError(
                f"{self.key()} was never fitted: call it in training mode, or its fit(x), first."
            )

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and population variance over D with the present state, without an update."""
        self.check_fitted()
        y = self.transform(x)
        return y.mean(-1, keepdim=True), y.var(-1, correction=0, keepdim=True)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        # The hook that torch calls for each module. A state of another size is as good as ours.
        for name in self.growing:
            value = state_dict.get(prefix + name)
            buffer: Tensor = getattr(self, name)
            if isinstance(value, Tensor) and value.dim() == buffer.dim():
                setattr(self, name, buffer.new_zeros(value.shape))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        self._has_state = False
        _ = self.is_fitted
