"""Channels fused by their weights equal channels fused after their products."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from rpn_zoo import functions
from rpn_zoo.functions import contract_dense, contract_fused
from rpn_zoo.functions.fused import channel_weights
from tests.functions.rule_cases import use_rules_at_every_size

C, M, N = 3, 5, 4
FUSIONS: list[dict[str, Any]] = [
    {"name": "mean_fusion"},
    {"name": "average_fusion"},
    {"name": "sum_fusion"},
    {"name": "summation_fusion", "postprocess_functions": "tanh"},
    {"name": "weighted_summation_fusion", "weights": [0.5, -1.0, 2.0]},
    {"name": "parameterized_weighted_summation_fusion"},
    {"name": "mean_fusion", "preprocess_functions": "tanh"},
    {"name": "prod_fusion"},
    {"name": "max_fusion"},
]
EXPANSIONS: list[dict[str, Any]] = [
    {"name": "identity_expansion"},
    {"name": "taylor_expansion", "postprocess_functions": "layer_norm"},
    {"name": "bspline_expansion", "postprocess_functions": "sigmoid"},
    {"name": "combinatorial_normal_expansion", "d": 2},
]
RECONCILIATIONS = [
    "identity_reconciliation", "masking_reconciliation", "lorr_reconciliation",
    "random_matrix_adaption_reconciliation", "dual_lphm_reconciliation", "one_reconciliation",
]  # fmt: skip


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("fusion", FUSIONS, ids=str)
@pytest.mark.parametrize("expansion", EXPANSIONS, ids=lambda e: e["name"])
@pytest.mark.parametrize("reconciliation", RECONCILIATIONS)
def test_fused_channels(
    monkeypatch: pytest.MonkeyPatch,
    fusion: dict[str, Any],
    expansion: dict[str, Any],
    reconciliation: str,
    rules: bool,
) -> None:
    if rules:
        use_rules_at_every_size(monkeypatch)
    kappa = functions.create(expansion, m=M).double()
    psi = functions.create(reconciliation, n=N, D=kappa.D, channels=C).double()
    fuse = functions.create(fusion, dims=[N] * C).double()
    x = torch.randn(6, M, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    leaves = [x.requires_grad_(), *psi.parameters(), *fuse.parameters()]
    results = []
    for y in (contract_fused(kappa, psi, fuse, x), fuse(contract_dense(kappa, psi, x).unbind(1))):
        results.append((y, *torch.autograd.grad(y.sin().sum(), leaves, allow_unused=True)))
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-10)


def test_one_channel_needs_no_fusion() -> None:
    kappa = functions.create("taylor_expansion", m=M)
    psi = functions.create("lorr_reconciliation", n=N, D=kappa.D)
    x = torch.rand(6, M)
    torch.testing.assert_close(
        contract_fused(kappa, psi, None, x), contract_dense(kappa, psi, x).squeeze(1)
    )


def test_which_fusions_are_sums() -> None:
    linear = {
        fusion["name"]
        for fusion in FUSIONS
        if channel_weights(functions.create(fusion, dims=[2] * C)) is not None
    }
    assert linear == {f["name"] for f in FUSIONS} - {"prod_fusion", "max_fusion"}


def test_only_one_product_is_made() -> None:
    kappa = functions.create("taylor_expansion", m=30)
    mean = functions.create("mean_fusion", dims=[20] * 8)
    x = torch.rand(5, 30)
    for name, largest in (("identity_reconciliation", 20), ("lorr_reconciliation", 16)):
        psi = functions.create(name, n=20, D=kappa.D, channels=8)
        with RowsOfProducts() as record:
            contract_fused(kappa, psi, mean, x)
        assert record.rows, "the recorder sees no product"
        assert max(record.rows) <= largest, "channels are multiplied one by one"


class RowsOfProducts(TorchFunctionMode):
    """Records how many rows the weights of linear maps of wide data have."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.linear and args[1].shape[-1] > 100:
            self.rows.append(args[1].shape[0])
        return func(*args, **(kwargs or {}))
