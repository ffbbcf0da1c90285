"""Exact fits: the solver of a network that is linear in its parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor, nn, optim

from rpn_zoo.functions.checks import check_choice, check_finite
from rpn_zoo.nn import RPN
from rpn_zoo.training.least_squares import LeastSquares, Solution
from rpn_zoo.training.linear_model import make_design


@dataclass
class SolverConfig:
    """How parameters are solved for, instead of trained.

    Args:
        name: ``lstsq``, linear least squares.
        alpha: the ridge penalty, >= 0, on the squared parameters (biases are free); 0 is plain
            least squares, the solution of least norm where it is not unique. Of several the one
            with the least criterion of generalised cross-validation on the training data is used.
        scaled: whether the penalty is on parameters of features scaled to standard deviation 1.

    Raises:
        ValueError: a value is not allowed.
    """

    name: Literal["lstsq"] = "lstsq"
    alpha: float | list[float] = 0.0
    scaled: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        check_choice("solver.name", self.name, ("lstsq",))
        alphas = self.alpha if isinstance(self.alpha, (list, tuple)) else [self.alpha]
        if not alphas or any(check_finite("solver.alpha", a) < 0 for a in alphas):
            raise ValueError(f"solver.alpha must be one or more numbers >= 0, got {self.alpha!r}.")
        if not isinstance(self.scaled, bool):
            raise ValueError(f"solver.scaled must be true or false, got {self.scaled!r}.")


class ExactFit(optim.Optimizer):
    """An optimiser whose only step goes to the minimum of the mean squared error.

    It works on the CPU in float64, wherever the network is.

    Args:
        parameters: those of the network.
        network: linear in its parameters.
        config: the penalty.

    Example:
        >>> import torch
        >>> network = RPN({"dims": [1, 1], "layers": [{"heads": [{"bias": True}]}]})
        >>> fit = ExactFit(network.parameters(), network, SolverConfig())
        >>> x = torch.tensor([[0.0], [1.0], [2.0]])
        >>> fit.take((x, None), 2 * x + 1)
        >>> _ = fit.step()
        >>> network(torch.tensor([[10.0]])).round(decimals=4).tolist()
        [[21.0]]
    """

    solution: Solution | None = None

    def __init__(
        self, parameters: Iterable[nn.Parameter], network: RPN, config: SolverConfig
    ) -> None:
        super().__init__(list(parameters), {})
        self._network = network
        self._design = make_design(network)
        self._config = config
        self._problem: LeastSquares | None = None

    def take(self, batch: Any, targets: Tensor) -> None:
        """Take in a batch.

        Args:
            batch: (x, y) or a :class:`~rpn_zoo.data.batches.NodeBatch`; only x is used.
            targets: (b, n).
        """
        design = self._design
        if self._problem is None:
            self._problem = LeastSquares(design.features, design.targets, design.free)
        self._problem.update(*design.rows(batch, targets))

    def step(self, closure: Any = None) -> Any:
        """Set the parameters to the solution for all batches taken in, and forget these."""
        if self._problem is None:
            raise RuntimeError("there is no batch to solve for: call take() first.")
        solution = self._problem.solve(self._config.alpha, self._config.scaled)
        self._design.assign(self._network, solution.coefficients)
        self.solution, self._problem = solution, None
        return closure() if closure is not None else None
