"""Heads with interdependence and positions against the formula written out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rpn_zoo.functions import contract_dense
from rpn_zoo.nn import (
    RPN,
    Head,
    HeadConfig,
    PositionsConfig,
    batch_dependent,
    predict_with_reference,
)

B, M, N = 4, 6, 5
TAYLOR = {"name": "taylor_expansion", "d": 2}
LOW_RANK = {"name": "lorr_reconciliation", "r": 2}
KERNEL: dict[str, Any] = {"name": "gaussian_rbf_kernel_interdependence", "sigma": 2.0}
TRAINED: dict[str, Any] = {"name": "parameterized_interdependence"}


def data(rows: int = B, m: int = M, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, m, dtype=torch.float64, generator=generator)


def make(m: int = M, n: int = N, **config: Any) -> Head:
    head = Head(m, n, HeadConfig(**config), torch.Generator().manual_seed(3)).double()
    if head.bias is not None:
        with torch.no_grad():
            head.bias.copy_(torch.arange(head.bias.numel()))
    return head


def channel(head: Head, c: int, x: Tensor, source: Tensor) -> Tensor:
    """A_inst^T kappa(x A_att) W_c^T, one matrix after the other, for positions or rows x."""
    attribute, instance = head.attribute_interdependences, head.instance_interdependences
    if len(attribute):
        A = attribute[c % len(attribute)]
        x = x @ A.matrix(source)
    kappa = head.expansion(x)
    if len(instance):
        A = instance[c % len(instance)]
        kappa = A.matrix(source).T @ kappa
    assert head.reconciliation is not None
    return kappa @ head.reconciliation.weight()[c].T


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("attribute", [None, KERNEL, TRAINED])
@pytest.mark.parametrize("instance", [None, {**KERNEL, "b": B}, {**TRAINED, "b": B}])
@pytest.mark.parametrize("expansion", ["identity_expansion", TAYLOR])
@pytest.mark.parametrize("n", [N, 80])
def test_the_formula(channels: int, attribute: Any, instance: Any, expansion: Any, n: int) -> None:
    head = make(
        n=n,
        expansion=expansion,
        reconciliation=LOW_RANK,
        attribute_interdependence=attribute,
        instance_interdependence=instance,
        channels=channels,
        bias=True,
        remainder="linear_remainder",
        output_functions=["tanh"],
    )
    x = data()
    z = torch.stack([channel(head, c, x, x) for c in range(channels)]).mean(0)
    expected = (z + head.bias + head.remainder(x)).tanh()
    torch.testing.assert_close(head(x), expected, rtol=1e-10, atol=1e-10)
    trained = [A for A in (attribute, instance) if A and A["name"] == TRAINED["name"]]
    count = len(head.attribute_interdependences) + len(head.instance_interdependences)
    given = sum(A is not None for A in (attribute, instance))
    assert count == given - len(trained) + channels * len(trained)


def test_instance_interdependence_may_change_the_number_of_rows() -> None:
    instance = {"name": "constant_c_interdependence", "c": 0.25, "b": B, "b_prime": 1}
    head = make(instance_interdependence=instance)
    x = data()
    torch.testing.assert_close(head(x), contract(head, x).mean(0, keepdim=True))
    with pytest.raises(ValueError, match="turns 4 rows into 1: the remainder must be zero"):
        make(instance_interdependence=instance, remainder="linear_remainder")


def contract(head: Head, x: Tensor) -> Tensor:
    assert head.reconciliation is not None
    return contract_dense(head.expansion, head.reconciliation, x).squeeze(1)


def test_the_slot_decides_the_mode() -> None:
    with pytest.raises(ValueError, match="interdependence_type must be 'attribute' in this slot"):
        make(attribute_interdependence={**KERNEL, "interdependence_type": "left"})
    with pytest.raises(ValueError, match="must name a function of the family interdependence"):
        HeadConfig(attribute_interdependence="taylor_expansion")


# --- positions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["positions_first", "channels_first"])
@pytest.mark.parametrize("scope", ["position", "row"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("chain", [None, "chain_interdependence"])
def test_positions_share_their_parameters(
    layout: str, scope: str, channels: int, chain: str | None
) -> None:
    P, m, n = 3, 2, 4
    positions = PositionsConfig(count=P, layout=layout, bias_scope=scope, output_scope=scope)
    instance = None if chain is None else {"name": chain, "chain_length": P}
    head = make(
        P * m,
        P * n,
        expansion=TAYLOR,
        reconciliation=LOW_RANK,
        channels=channels,
        instance_interdependence=instance,
        positions=positions,
        bias=True,
        remainder="linear_remainder",
        output_functions=["layer_norm", "softmax"],
    )
    x = data(m=P * m)
    parts = x.view(B, P, m)
    rows = []
    for row in parts:
        z = torch.stack([channel(head, c, row, row) for c in range(channels)]).mean(0)
        rows.append(z + head.remainder(row))
    y = torch.stack(rows)  # (b, P, n)
    if layout == "channels_first":
        y = y.mT
    assert head.bias is not None
    if scope == "row":
        y = (y.flatten(1) + head.bias).flatten(1)
        expected = nn.functional.layer_norm(y, y.shape[1:]).softmax(-1)
    else:
        y = (y.mT if layout == "channels_first" else y) + head.bias
        y = nn.functional.layer_norm(y, (n,)).softmax(-1)
        expected = (y.mT if layout == "channels_first" else y).flatten(1)
    torch.testing.assert_close(head(x), expected, rtol=1e-10, atol=1e-10)
    assert head.bias.numel() == (P * n if scope == "row" else n)


@pytest.mark.parametrize("expansion", ["identity_expansion", TAYLOR])
@pytest.mark.parametrize("layout", ["positions_first", "channels_first"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("patch", ["cuboid", "cylinder", "sphere"])
def test_patches_of_a_grid(expansion: Any, layout: str, channels: int, patch: str) -> None:
    sizes = {"cuboid": {"p_h": 1, "p_w": 0, "p_w_prime": 1}}.get(patch, {"p_r": 1})
    grid = {
        "name": f"{patch}_patch_padding_based_geometric_interdependence",
        **{"h": 3, "w": 4, "channel_num": 2, "cd_h": 2, "cd_w": 1, "cd_d": 1},
        **sizes,
    }
    head = make(
        24,
        8 * 3,
        expansion=expansion,
        attribute_interdependence=grid,
        positions={"layout": layout},
        channels=channels,
        bias=True,
    )
    assert head.convolves == (expansion == "identity_expansion")
    x = data(m=24)
    A = head.attribute_interdependences[0]
    patches = (x @ A.matrix(x)).view(B, 8, -1)
    assert head.reconciliation is not None
    W = head.reconciliation.weight().mean(0)
    y = torch.stack([head.expansion(rows) @ W.T for rows in patches]) + head.bias
    expected = (y.mT if layout == "channels_first" else y).flatten(1)
    torch.testing.assert_close(head(x), expected, rtol=1e-10, atol=1e-10)


def test_batch_norm_of_channels_is_that_of_a_convolution() -> None:
    grid = {"name": "cuboid_patch_padding_based_geometric_interdependence", "h": 4, "w": 4}
    head = make(
        16,
        48,
        attribute_interdependence={**grid, "p_h": 1, "p_w": 1},
        positions={"layout": "channels_first"},
        output_functions=["batch_norm", "relu"],
    )
    norm = nn.BatchNorm2d(3).double()
    x = data(m=16)
    assert head.reconciliation is not None
    kernel = head.reconciliation.weight().view(3, 1, 3, 3)
    images = nn.functional.conv2d(x.view(B, 1, 4, 4), kernel, padding=1)
    torch.testing.assert_close(head(x), norm(images).relu().flatten(1))
    torch.testing.assert_close(
        head.output_functions[0].running_var, norm.running_var, rtol=1e-12, atol=1e-12
    )


def test_a_head_without_reconciliation_gives_the_expanded_data() -> None:
    pool = {"name": "cuboid_max_based_geometric_compression", "h": 4, "w": 4, "p_h": 0, "p_w": 0}
    pool |= {"p_h_prime": 1, "p_w_prime": 1, "cd_h": 2, "cd_w": 2, "cd_d": 1}
    head = make(16, 4, expansion=pool, reconciliation=None)
    x = data(m=16)
    expected = nn.functional.max_pool2d(x.view(B, 1, 4, 4), 2).flatten(1)
    assert torch.equal(head(x), expected)
    assert not list(head.parameters())
    with pytest.raises(ValueError, match="has the width D = 4 of its expansion, got n = 5"):
        make(16, 5, expansion=pool, reconciliation=None)
    with pytest.raises(ValueError, match="channels must be 1 without a reconciliation"):
        HeadConfig(reconciliation=None, channels=2)


def test_positions_can_be_averaged() -> None:
    mean = {"name": "constant_c_interdependence", "c": 1 / 3, "b_prime": 1}
    head = make(6, 4, instance_interdependence=mean, positions={"count": 3})
    x = data()
    torch.testing.assert_close(head(x), contract(head, x.view(B, 3, 2).mean(1)))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"positions": {"count": 4}}, "positions.count must divide the width 6"),
        ({"positions": {}}, "positions.count must be given"),
        ({"positions": {"count": 3}}, "n must be a multiple of the 3 positions"),
        ({"positions": {"count": 0}}, "count must be an integer >= 1"),
        ({"positions": {"layout": "rows"}}, "layout must be one of"),
        ({"positions": {"kount": 2}}, "has no key 'kount'"),
    ],
)
def test_bad_positions(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**config)


# --- batches --------------------------------------------------------------------------------------


def test_rows_that_depend_on_their_batch_can_be_predicted_with_a_reference() -> None:
    attention = {"name": "parameterized_bilinear_interdependence"}
    config = {"dims": [M, 8, 3], "layers": [{"heads": [{"instance_interdependence": attention}]}]}
    network = RPN(config).double()
    assert batch_dependent(network)
    x, reference = data(), data(2, seed=1)
    y = predict_with_reference(network, x, reference)
    for row, result in zip(x, y, strict=True):
        expected = network(torch.cat([row.unsqueeze(0), reference]))[0]
        torch.testing.assert_close(result, expected)
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(predict_with_reference(network, x[order], reference), y[order])
    assert network.training
    with pytest.raises(ValueError, match="matrices of the same width"):
        predict_with_reference(network, x, reference[:, :2])


def test_positions_leave_rows_independent() -> None:
    head = {
        "positions": {"count": 3},
        "instance_interdependence": "linear_kernel_interdependence",
    }
    network = RPN({"dims": [6, 6], "layers": [{"heads": [head]}]}).double()
    assert not batch_dependent(network)
    x = data()
    torch.testing.assert_close(network(x)[:2], network(x[:2]))
    fixed = {"name": "parameterized_interdependence"}
    config = {"dims": [6, 6], "layers": [{"heads": [{"attribute_interdependence": fixed}]}]}
    assert not batch_dependent(RPN(config))


def test_fixed_batches_name_both_sizes() -> None:
    head = make(instance_interdependence={**TRAINED, "b": B})
    with pytest.raises(ValueError, match=r"4 .*got 3"):
        head(data(3))
