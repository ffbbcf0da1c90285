"""Fusions where it is hard: norms of zeros, and of numbers whose squares overflow."""

from __future__ import annotations

import pytest
import torch

from rpn_zoo import functions


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_l2_norm_of_zeros_and_of_large_numbers(dtype: torch.dtype) -> None:
    f = functions.create("l2_norm_fusion", dims=[3, 3])
    x = torch.tensor([[0.0, 300.0, -3.0]], dtype=dtype, requires_grad=True)
    y = torch.tensor([[0.0, 400.0, 4.0]], dtype=dtype, requires_grad=True)
    z = f([x, y])
    assert (z.dtype, z.tolist()) == (dtype, [[0.0, 500.0, 5.0]])
    gradients = torch.autograd.grad(z.sum(), [x, y])
    expected = [[0.0, 0.6, -0.6]], [[0.0, 0.8, 0.8]]
    for gradient, wanted in zip(gradients, expected, strict=True):
        assert gradient.flatten().tolist() == pytest.approx(wanted[0], rel=0.01)


def test_weighted_sums_keep_leading_axes_and_empty_batches() -> None:
    f = functions.create("weighted_summation_fusion", dims=[3, 3], weights=[2.0, -1.0])
    x = torch.arange(24.0).view(2, 4, 3)
    torch.testing.assert_close(f([x, 3 * x]), -x)
    assert f([x[:0], x[:0]]).shape == (0, 4, 3)
