"""Rows of positions: functions of the whole row, and the mean over positions as an input."""

from __future__ import annotations

import pytest
import torch

from rpn_zoo.functions.geometry import oversized_patches
from rpn_zoo.nn import RPN, Head, HeadConfig


def network(head: dict[str, object], dims: list[int]) -> RPN:
    return RPN({"dims": dims, "layers": [{"heads": [head]}]}).double()


def test_row_functions_follow_those_of_the_positions() -> None:
    positions = {"count": 3, "row_functions": ["softmax"]}
    head = {"positions": positions, "output_functions": ["relu"]}
    x = torch.rand(5, 6, dtype=torch.float64) - 0.5
    model = network(head, [6, 12])
    W = model.layers[0].heads[0].reconciliation.weight()[0]
    z = torch.cat([x[:, 2 * p : 2 * p + 2] @ W.T for p in range(3)], dim=1).relu()
    expected = z.exp() / z.exp().sum(1, keepdim=True)
    torch.testing.assert_close(model(x), expected)
    assert RPN(model.config).layers[0].heads[0].row_functions[0].dim == -1


def test_the_mean_over_positions_comes_before_everything_else() -> None:
    mean = {"name": "position_mean", "count": 3}
    head = Head(
        6,
        4,
        HeadConfig(
            expansion="taylor_expansion", remainder="linear_remainder", input_functions=[mean]
        ),
    )
    assert head.remainder.w.shape == (4, 2)
    x = torch.rand(5, 6)
    y = head(x)
    same = head(x.view(5, 3, 2).mean(1).repeat(1, 3))
    torch.testing.assert_close(y, same)


def test_a_bias_in_channels_has_no_rows() -> None:
    head = {
        "channels": 2,
        "bias": True,
        "bias_place": "channels",
        "positions": {"count": 3, "bias_scope": "row"},
    }
    with pytest.raises(ValueError, match="bias_place must be output"):
        network(head, [6, 12])
    with pytest.raises(ValueError, match="bias_place must be one of output, channels"):
        network({"bias_place": "input"}, [6, 12])


def test_a_patch_may_be_larger_than_the_grid() -> None:
    grid = {
        "name": "cuboid_patch_padding_based_geometric_interdependence",
        "h": 1, "w": 2, "p_h": 1, "p_w": 1, "channel_num": 2,
    }  # fmt: skip
    head = {"attribute_interdependence": grid, "positions": {"layout": "channels_first"}}
    with pytest.raises(ValueError, match="p_h must be below h = 1, got 1: the patch is larger"):
        network(head, [4, 6])
    with oversized_patches():
        model = network(head, [4, 6])
    x = torch.rand(3, 4, dtype=torch.float64)
    W = model.layers[0].heads[0].reconciliation.weight().view(3, 2, 3, 3)
    expected = torch.nn.functional.conv2d(x.view(3, 2, 1, 2), W, padding=1).flatten(1)
    torch.testing.assert_close(model(x), expected)
