"""From raw data to classes: an entry's network with its own preprocessing and class names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.entry import Entry
from rpn_zoo.zoo.regression import Regressor

Raw: TypeAlias = "Tensor | NDArray[Any]"


class Pipeline:
    """A trained classifier that takes raw data.

    Args:
        network: maps (b, m) to logits (b, C); it is put in evaluation mode.
        preprocess: maps a batch of raw data (b, ...) to float32 (b, m); None: raw data are inputs.
        class_names: C names in the order of the outputs; they become integers if all are.
        batch_size: rows evaluated at a time.

    Attributes:
        classes_: the C classes, integers or text, as scikit-learn's classifiers have them.

    Raises:
        ValueError: if there are not as many names as outputs.

    Example:
        >>> pipeline = Pipeline(RPN({"dims": [4, 2]}), None, ("3", "8"))
        >>> pipeline.predict_proba(torch.zeros(1, 4)).tolist()
        [[0.5, 0.5]]
        >>> pipeline.predict(torch.zeros(3, 4))
        array([3, 3, 3])
    """

    def __init__(
        self,
        network: RPN,
        preprocess: Callable[[Any], Tensor] | None,
        class_names: tuple[str, ...],
        batch_size: int = 1000,
    ) -> None:
        if len(class_names) != network.dims[-1]:
            raise ValueError(
                f"class_names must hold one name for each of the {network.dims[-1]} outputs, got "
                f"{len(class_names)}."
            )
        self.network = network.eval()
        self.preprocess = preprocess
        self.batch_size = check_positive_int("batch_size", batch_size)
        integers = all(name.isascii() and name.isdigit() for name in class_names)
        self.classes_ = np.array([int(n) for n in class_names] if integers else list(class_names))

    def logits(self, raw: Raw, batch_size: int | None = None) -> NDArray[np.float32]:
        """The network's outputs for N rows of raw data.

        Args:
            raw: numpy array or tensor of shape (N, ...), as the preprocessing takes it; for MNIST
                uint8 of shape (N, 28, 28) or (N, 784). A single image needs a leading 1. Rows of
                a table have shape (N, columns); with categories, of dtype object.
            batch_size: rows evaluated at a time; None: as the pipeline was made. A network that
                passes messages between rows needs all N at once.

        Returns:
            float32, (N, C).

        Raises:
            ValueError: for another type, dtype or shape.
        """
        if not isinstance(raw, (np.ndarray, Tensor)) or raw.ndim < 2:
            shape = getattr(raw, "shape", None)
            raise ValueError(
                "raw must be a numpy array or torch tensor with rows along its first dimension, "
                f"got {type(raw).__name__}{'' if shape is None else f' of shape {tuple(shape)}'}."
            )
        parameter = next(self.network.parameters(), torch.empty(0))
        size = (
            self.batch_size if batch_size is None else check_positive_int("batch_size", batch_size)
        )
        starts = range(0, max(len(raw), 1), size)
        # One batch is taken as it is: sparse tensors have no slices.
        batches = [raw] if len(starts) == 1 else [raw[i : i + size] for i in starts]
        with torch.inference_mode():
            parts = [
                self.network(self._inputs(batch).to(parameter)).float().cpu() for batch in batches
            ]
        result: NDArray[np.float32] = torch.cat(parts).numpy()
        return result

    def predict_proba(self, raw: Raw) -> NDArray[np.float32]:
        """The probabilities of the classes, float32 (N, C), rows sum to 1; see :meth:`logits`."""
        result: NDArray[np.float32] = torch.from_numpy(self.logits(raw)).softmax(1).numpy()
        return result

    def predict(self, raw: Raw) -> NDArray[Any]:
        """The most probable class of each row, (N,), members of ``classes_``."""
        result: NDArray[Any] = self.classes_[self.logits(raw).argmax(1)]
        return result

    def _inputs(self, raw: Raw) -> Tensor:
        if self.preprocess is not None:
            return self.preprocess(raw)
        x = torch.from_numpy(np.array(raw)) if isinstance(raw, np.ndarray) else raw
        if x.dim() != 2 or x.shape[1] != self.network.dims[0] or not x.is_floating_point():
            raise ValueError(
                f"raw must be floating point of shape (N, {self.network.dims[0]}), got "
                f"{str(x.dtype).removeprefix('torch.')} of shape {tuple(x.shape)}."
            )
        return x


def load_pipeline(name: str | Path, batch_size: int = 1000) -> Pipeline | Regressor:
    """The trained pipeline of an entry: raw data in, classes or values out.

    Args:
        name: as for ``load_model``.
        batch_size: rows evaluated at a time.

    Raises:
        ValueError: as ``load_model``, or if the entry is a classifier that names no classes.
    """
    entry = Zoo.default().entry(name)
    if entry.metric != "accuracy":
        return Regressor(entry.load(), make_preprocess(entry.preprocess), batch_size)
    return entry_pipeline(entry, batch_size)


def entry_pipeline(entry: Entry, batch_size: int = 1000) -> Pipeline:
    """The trained pipeline of an :class:`Entry`; see :func:`load_pipeline`."""
    if not entry.class_names:
        raise ValueError(f"{entry.name} is not a classifier; use load_model for its network.")
    preprocess = make_preprocess(entry.preprocess)
    return Pipeline(entry.load(), preprocess, entry.class_names, batch_size)


def make_preprocess(config: dict[str, Any] | None) -> Callable[[Any], Tensor] | None:
    """The transform of a config ``{name: ..., **options}``; None for None.

    Raises:
        ValueError: if the name or an option is not allowed.

    Example:
        >>> make_preprocess({"name": "standardize_pixels", "mean": 0.5, "std": 0.25})
        StandardizePixels(mean=0.5, std=0.25)
    """
    if config is None:
        return None
    # Here, as data modules import slowly.
    from rpn_zoo.data.standardize_columns import StandardizeColumns
    from rpn_zoo.data.standardize_images import StandardizeImages
    from rpn_zoo.data.table_encoder import TableEncoder
    from rpn_zoo.data.transforms import StandardizePixels

    kinds = (StandardizePixels, StandardizeImages, StandardizeColumns, TableEncoder)
    known: dict[str, Any] = {kind.name: kind for kind in kinds}
    return known[check_choice("preprocess.name", config.get("name"), known)].from_config(config)
