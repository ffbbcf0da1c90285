from __future__ import annotations

import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from rpn_zoo.models import gcn
from rpn_zoo.nn import RPN
from rpn_zoo.zoo import flops_per_sample
from rpn_zoo.zoo.flops import _formulas


def test_linear_layers() -> None:
    assert flops_per_sample(RPN({"dims": [10, 7, 3]})) == 2 * (10 * 7 + 7 * 3)


@pytest.mark.parametrize("length", [1, 2, 16, 60])
def test_fft_convention(length: int) -> None:
    x = torch.rand(3, length)
    full = 3 * 5 * length * math.log2(length)
    cases = [
        (lambda: torch.fft.fft(x.to(torch.complex64)), full),
        (lambda: torch.fft.rfft(x), full / 2),
        (lambda: torch.fft.irfft(torch.fft.rfft(x), n=length), full),
        (lambda: x @ torch.ones(length), 6 * length),
    ]
    for run, expected in cases:
        with FlopCounterMode(display=False, custom_mapping=_formulas()) as counter:
            run()
        assert counter.get_total_flops() == pytest.approx(expected, abs=1)


def test_structure_is_what_is_counted() -> None:
    """A wide Taylor expansion with a Kronecker reconciliation is far below the dense product."""
    m, n = 256, 16
    head = {"expansion": "taylor_expansion", "reconciliation": {"name": "dual_lphm_reconciliation"}}
    flops = flops_per_sample(RPN({"dims": [m, n], "layers": [{"heads": [head]}]}))
    assert 0 < flops < 0.2 * 2 * n * m * (m + 1)


def test_mode_is_restored_and_any_dtype_works() -> None:
    network = RPN({"dims": [4, 2]}).double().train()
    assert flops_per_sample(network) == 16
    assert network.training


def test_a_graph_is_shared_among_its_nodes() -> None:
    """Two layers on 3 nodes with 2 links in both directions and 3 self links: 7 entries."""
    network = gcn([4, 5, 2], {"nodes": 3, "links": [[0, 1], [1, 2]]})
    products, entries = 3 * (4 * 5 + 5 * 2), 7 * (4 + 2)  # the narrower side gets the links
    assert flops_per_sample(network) == round(2 * (products + entries) / 3)
