"""Frozen arrays: drawn once at construction, saved with the parameters, never trained."""

from __future__ import annotations

import warnings
from typing import Any

from torch import Tensor, nn


class Frozen(nn.Module):
    """A module with frozen arrays: persistent buffers that a state dict may lack.

    State dicts of tinybig hold no masks and no random matrices. Where one is missing the module
    keeps the array it drew at construction and warns: it is then another function than the one
    that was saved.
    """

    def freeze(self, name: str, value: Tensor) -> None:
        """Register ``value`` as the frozen array ``name``."""
        self.register_buffer(name, value)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        # The hook that torch calls for each module: (..., strict, missing, unexpected, errors).
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        missing: list[str] = kwargs.get("missing_keys", args[2] if len(args) > 2 else [])
        persistent = self._buffers.keys() - self._non_persistent_buffers_set
        absent = [key for key in missing if key.removeprefix(prefix) in persistent]
        for key in absent:
            missing.remove(key)
        if absent:
            warnings.warn(
                f"the state dict holds no {', '.join(absent)}: {type(self).__name__} keeps what it "
                "drew at random, so its results differ from those of the saved module.",
                stacklevel=2,
            )
