"""Residuals of a network on a batch, with their derivatives by all parameters."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap


@dataclass(frozen=True, eq=False)
class Residuals:
    r"""The differences :math:`r = f_w(x) - y` as a function of the parameters w.

    Args:
        network: maps (b, m) to (b, n), every row on its own.
        x: inputs, (b, m).
        y: targets, (b, n).

    Example:
        >>> line = nn.Linear(2, 1, bias=False)
        >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> Residuals(line, x, torch.zeros(2, 1)).jacobian()
        tensor([[1., 2.],
                [3., 4.]])
    """

    network: nn.Module
    x: Tensor
    y: Tensor

    @torch.no_grad()
    def values(self) -> Tensor:
        """The residuals at the present parameters, (b n)."""
        return (self.network(self.x) - self.y).flatten()

    def jacobian(self) -> Tensor:
        """Their derivatives, (b n, P), parameters that train in the order of ``parameters()``.

        Raises:
            ValueError: the network does not treat rows one by one, or not in a way that
                ``torch.func`` can follow.
        """
        given = {name: p.detach() for name, p in self.network.named_parameters() if p.requires_grad}

        def outputs(parameters: dict[str, Tensor], row: Tensor) -> Tensor:
            result: Tensor = functional_call(self.network, parameters, (row[None],))
            return result[0]

        try:
            parts = vmap(jacrev(outputs), in_dims=(None, 0))(given, self.x)
        except RuntimeError as error:
            raise ValueError(
                "levenberg_marquardt needs a network whose rows do not depend on one another "
                f"(no batch norm, no dropout): {error}"
            ) from error
        rows = self.x.shape[0] * self.y[0].numel()
        return torch.cat([parts[name].reshape(rows, -1) for name in given], dim=1).detach()
