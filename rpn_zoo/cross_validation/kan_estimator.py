"""A Kolmogorov-Arnold network as a scikit-learn estimator, for comparison."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from torch import Tensor, nn

from rpn_zoo.models import kan

GRID = (-3.0, 3.0)
CHUNK = 5
"""Steps of the optimiser at a time; its line search does badly with single ones."""
CHUNKS = (1, 2, 4, 8, 16)


class Kan(BaseEstimator):
    """A KAN m -> width -> outputs (cubic B-splines on 5 intervals, SiLU residual), by L-BFGS.

    The number of steps is that with the least loss on a held-out fifth of the training rows; the
    network is then trained on all of them with that number.

    Args:
        classes: number of classes; 0: regression.
        width: number of hidden units.
        seed: seed of the initial weights and of the held-out rows.

    Source: Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", arXiv:2404.19756.
    """

    def __init__(self, classes: int = 0, width: int = 5, seed: int = 0) -> None:
        self.classes = classes
        self.width = width
        self.seed = seed

    def fit(self, x: NDArray[Any], y: NDArray[Any]) -> Kan:
        """Train on standardised x (N, m) and y (N,)."""
        inputs, targets = torch.as_tensor(x, dtype=torch.float32), self._targets(y)
        kind = StratifiedShuffleSplit if self.classes and _splits(y) else ShuffleSplit
        kept, held = next(kind(1, test_size=0.2, random_state=self.seed).split(x, y))
        losses = []
        network, optimizer, done = *self._start(x.shape[1]), 0
        for chunks in CHUNKS:
            self._advance(network, optimizer, inputs[kept], targets[kept], chunks - done)
            done = chunks
            with torch.no_grad():
                loss = float(self._loss(network(inputs[held]), targets[held]))
            losses.append(loss if np.isfinite(loss) else np.inf)
        best = CHUNKS[int(np.argmin(losses))]
        self.network_, optimizer = self._start(x.shape[1])
        self._advance(self.network_, optimizer, inputs, targets, best)
        return self

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Classes or values, (N,)."""
        with torch.no_grad():
            outputs: Tensor = self.network_(torch.as_tensor(x, dtype=torch.float32))
        found: NDArray[Any] = (outputs.argmax(1) if self.classes else outputs[:, 0]).numpy()
        return found

    def _start(self, m: int) -> tuple[nn.Module, torch.optim.LBFGS]:
        network = kan([m, self.width, self.classes or 1], grid_range=GRID, seed=self.seed)
        optimizer = torch.optim.LBFGS(
            network.parameters(), max_iter=CHUNK, history_size=10, line_search_fn="strong_wolfe"
        )
        return network, optimizer

    def _targets(self, y: NDArray[Any]) -> Tensor:
        if self.classes:
            return torch.as_tensor(y, dtype=torch.int64)
        return torch.as_tensor(y, dtype=torch.float32)[:, None]

    def _loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if self.classes:
            return nn.functional.cross_entropy(outputs, targets)
        return nn.functional.mse_loss(outputs, targets)

    def _advance(
        self, network: nn.Module, optimizer: torch.optim.LBFGS, x: Tensor, y: Tensor, chunks: int
    ) -> None:
        """Some chunks of steps; one to values that are not finite is taken back and the last."""

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = self._loss(network(x), y)
            loss.backward()
            return loss

        for _ in range(chunks):
            before = copy.deepcopy(network.state_dict())
            optimizer.step(closure)
            if not all(bool(p.isfinite().all()) for p in network.parameters()):
                network.load_state_dict(before)
                return


def _splits(y: NDArray[Any]) -> bool:
    """Whether every class can be in both parts of a split."""
    counts = np.bincount(y)
    return bool(counts[counts > 0].min() >= 2) and len(y) >= 5 * np.count_nonzero(counts)
