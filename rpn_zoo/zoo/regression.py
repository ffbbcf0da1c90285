"""Trained regressions: from raw columns to values, and what they reach on test data."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.nn import RPN


class Regressor:
    """A trained network that takes raw columns and gives values.

    Args:
        network: maps (b, m) to (b, n); it is put in evaluation mode.
        preprocess: maps a batch of raw rows (b, m) to inputs (b, m); None: raw rows are inputs.
        batch_size: rows evaluated at a time.

    Example:
        >>> regressor = Regressor(RPN({"dims": [2, 1]}), None)
        >>> regressor.predict(np.zeros((3, 2), dtype=np.float32)).shape
        (3, 1)
    """

    def __init__(
        self,
        network: RPN,
        preprocess: Callable[[Any], Tensor] | None = None,
        batch_size: int = 1000,
    ) -> None:
        self.network = network.eval()
        self.preprocess = preprocess
        self.batch_size = check_positive_int("batch_size", batch_size)

    def predict(self, x: Tensor | NDArray[Any]) -> NDArray[Any]:
        """The values of N rows.

        Args:
            x: floating point, (N, m), a tensor or numpy array.

        Returns:
            (N, n), in the precision of the network.

        Raises:
            ValueError: another type, dtype or shape.
        """
        width = self.network.dims[0]
        rows = torch.from_numpy(np.array(x)) if isinstance(x, np.ndarray) else x
        if (
            not isinstance(rows, Tensor)
            or not rows.is_floating_point()
            or rows.dim() != 2
            or (rows.shape[1] != width)
        ):
            raise ValueError(
                f"x must be a floating point tensor or numpy array of shape (N, {width}), got "
                f"{type(x).__name__} {getattr(x, 'dtype', '')} {tuple(getattr(x, 'shape', ()))}."
            )
        rows = rows.to(next(self.network.parameters(), rows))
        if self.preprocess is not None:
            rows = self.preprocess(rows)
        result: NDArray[Any] = _outputs(self.network, rows, self.batch_size).numpy()
        return result


def measure_regression(network: RPN, data: Any, batch_size: int = 1000) -> dict[str, Any]:
    """The errors of a network on the test part of a data module that is set up.

    Args:
        network: in evaluation mode.
        data: has ``split("test")``, inputs (N, m) and targets (N, n), and ``split_name``.
        batch_size: rows evaluated at a time.

    Returns:
        ``rmse``, ``mse``, ``loss`` (the same), ``nrmse`` (RMSE divided by the standard deviation of
        the targets), ``r2``, ``samples``, ``split``, ``comparable`` and ``seconds``. All targets
        are taken as one array, in float64.
    """
    from torchmetrics.functional import mean_squared_error, r2_score

    x, y = data.split("test")
    start = time.perf_counter()
    outputs = _outputs(network, x.to(next(network.parameters(), x)), batch_size)
    seconds = time.perf_counter() - start
    prediction, target = outputs.double().flatten(), y.double().flatten()
    mse = float(mean_squared_error(prediction, target))
    return {
        "rmse": mse**0.5,
        "mse": mse,
        "loss": mse,
        "nrmse": mse**0.5 / float(target.std(correction=0)),
        "r2": float(r2_score(prediction, target)),
        "samples": len(y),
        "split": str(data.split_name),
        "comparable": bool(getattr(data, "comparable", True)),
        "seconds": round(seconds, 3),
    }


@torch.inference_mode()
def _outputs(network: RPN, x: Tensor, batch_size: int) -> Tensor:
    return torch.cat([network(rows) for rows in x.split(batch_size)]).cpu()
