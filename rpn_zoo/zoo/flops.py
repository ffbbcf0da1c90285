"""Floating point operations of a forward pass, as it is really evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.nn import RPN


def flops_per_sample(network: RPN) -> int:
    """Count the floating point operations of one sample through a network in evaluation mode.

    What is counted is what runs: where a contraction uses structure, its products and transforms;
    where it is dense, the dense product. Everything needed for the sample is in it, also what does
    not depend on it (fabricating W).

    Conventions: a product and its sum are 2 operations (matrix and matrix-vector products,
    convolutions); a complex FFT of length N is 5 N log2 N, one with a real side half of that.
    Element-wise operations are not counted, as is customary. A network made for a graph is run on
    all its nodes, as dense features, and the count is shared among them, rounded; each entry of a
    sparse matrix is a product and its sum.

    Args:
        network: any network; it is run once with a single row, or with the rows that its instance
            interdependence was made for; its mode is restored.

    Example:
        >>> flops_per_sample(RPN({"dims": [10, 4]}))
        80
    """
    parameter = next(network.parameters(), torch.empty(0))
    rows = _rows(network)
    x = torch.full((rows, network.dims[0]), 0.5, dtype=parameter.dtype, device=parameter.device)
    training = network.training
    network.eval()
    try:
        with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=_formulas()) as counter:
            network(x)
    finally:
        network.train(training)
    return round(counter.get_total_flops() / rows)


def _rows(network: RPN) -> int:
    """How many rows a network needs at once: 1, or the number of nodes of its graph."""
    for module in network.modules():
        if isinstance(module, Interdependence) and module.mode == "instance" and module.size:
            return module.size
    return 1


def _formulas() -> dict[Any, Callable[..., int]]:
    """Formulas for what PyTorch's counter does not know; arguments are shapes for tensors."""
    aten = torch.ops.aten
    return {
        aten._fft_r2c: _real_to_complex,
        aten._fft_c2r: _complex_to_real,
        aten._fft_c2c: _complex_to_complex,
        aten.mv: _matrix_vector,
        aten.dot: _dot,
        aten.index_add: _index_add,
        aten._embedding_bag: _embedding_bag,
        aten._embedding_bag_forward_only: _embedding_bag,
    }


def _fft(shape: Sequence[int], dims: Sequence[int]) -> float:
    """5 N log2 N for each of the transforms of length N (over all of ``dims``)."""
    length = math.prod(shape[d] for d in dims)
    return 5 * math.prod(shape) * math.log2(length) if length > 1 else 0


def _real_to_complex(shape: Sequence[int], dims: Sequence[int], *_: Any, **__: Any) -> int:
    return round(_fft(shape, dims) / 2)


def _complex_to_real(
    _shape: Sequence[int], dims: Sequence[int], *_: Any, out_shape: Sequence[int], **__: Any
) -> int:
    return round(_fft(out_shape, dims) / 2)


def _complex_to_complex(shape: Sequence[int], dims: Sequence[int], *_: Any, **__: Any) -> int:
    return round(_fft(shape, dims))


def _matrix_vector(matrix: Sequence[int], *_: Any, **__: Any) -> int:
    return 2 * math.prod(matrix)


def _dot(vector: Sequence[int], *_: Any, **__: Any) -> int:
    return 2 * math.prod(vector)


def _index_add(
    _shape: Sequence[int], _dim: int, _index: Sequence[int], source: Sequence[int], **_: Any
) -> int:
    return 2 * math.prod(source)


def _embedding_bag(table: Sequence[int], index: Sequence[int], *_: Any, **__: Any) -> int:
    """One multiplication and one addition per row taken and column of the table."""
    return 2 * math.prod(index) * table[-1]
