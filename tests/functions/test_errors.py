"""Bad arguments and inputs: a ValueError that names the argument, the value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from rpn_zoo import functions
from tests.functions.examples import EXAMPLES, Example

KRONECKER = ["hm_reconciliation", "lphm_reconciliation", "dual_lphm_reconciliation"]
LOW_RANK = ["lorr_reconciliation", "lphm_reconciliation", "dual_lphm_reconciliation"]
ONE_INPUT = [e for e in EXAMPLES if e.family in ("expansion", "remainder")]
FUSIONS = [e for e in EXAMPLES if e.family == "fusion"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("taylor_expansion", {"m": 3, "d": 0}, r"d must be an integer >= 1, got 0"),
        ("taylor_expansion", {"m": 3, "d": -1}, r"d must be an integer >= 1, got -1"),
        ("taylor_expansion", {"m": 3, "d": 2.0}, r"d must be an integer >= 1, got 2\.0"),
        ("taylor_expansion", {"m": 3, "d": True}, r"d must be an integer >= 1, got True"),
        ("taylor_expansion", {"m": 0}, r"m must be an integer >= 1, got 0"),
        ("identity_expansion", {"m": "4"}, r"m must be an integer >= 1, got '4'"),
        ("bspline_expansion", {"m": 3, "d": -1}, r"d must be an integer >= 0, got -1"),
        ("bspline_expansion", {"m": 3, "t": 0}, r"t must be an integer >= 1, got 0"),
        ("bspline_expansion", {"m": 3, "grid_range": (1, -1)}, r"grid_range .*lo < hi"),
        ("bspline_expansion", {"m": 3, "grid_range": (0, 1, 2)}, r"grid_range must hold two"),
        ("bspline_expansion", {"m": 3, "grid_range": 1.0}, r"grid_range must hold two"),
        ("bspline_expansion", {"m": 3, "grid_range": (0, torch.inf)}, r"finite number, got inf"),
        ("identity_reconciliation", {"n": 0, "D": 3}, r"n must be an integer >= 1"),
        (
            "identity_reconciliation",
            {"n": 2, "D": 3, "channels": 0},
            r"channels must be an integer",
        ),
        (
            "identity_reconciliation",
            {"n": 2, "D": 3, "init": "zeros"},
            r"init must be one of fan_aw",
        ),
        ("identity_remainder", {"m": 3, "n": 2}, r"needs n = m, got m = 3, n = 2"),
        ("linear_remainder", {"m": 3, "n": 2, "require_parameters": False}, r"m = 3, n = 2"),
        (
            "linear_remainder",
            {"m": 3, "n": 3, "require_parameters": False, "enable_bias": True},
            r"enable_bias needs require_parameters",
        ),
        ("mean_fusion", {"dims": [2, 3]}, r"equal width, got dims = \[2, 3\]"),
        ("summation_fusion", {"dims": []}, r"equal width, got dims = \[\]"),
        ("concatenation_fusion", {"dims": []}, r"at least one input"),
        ("concatenation_fusion", {"dims": [2, 0]}, r"dims must be an integer >= 1, got 0"),
    ],
)
def test_bad_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(name, **arguments)


@pytest.mark.parametrize("name", KRONECKER)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p": 4}, r"p must divide n = 6, got p = 4; allowed: 1, 2, 3, 6"),
        ({"q": 3}, r"q must divide D = 20, got q = 3; allowed: 1, 2, 4, 5, 10, 20"),
        ({"p": 12}, r"p must divide n = 6, got p = 12"),
    ],
)
def test_factors_that_do_not_divide(name: str, given: dict[str, int], message: str) -> None:
    # Also an AssertionError: what earlier RPN software raises here.
    for kind in (ValueError, AssertionError):
        with pytest.raises(kind, match=message):
            functions.create(name, n=6, D=20, **given)


@pytest.mark.parametrize("name", KRONECKER)
def test_bad_factor_arguments(name: str) -> None:
    with pytest.raises(ValueError, match=r"p must be an integer >= 1, got 0"):
        functions.create(name, n=6, D=20, p=0)
    with pytest.raises(
        ValueError, match=r"layout must be one of kronecker, flat, got 'flatt'.*flat"
    ):
        functions.create(name, n=6, D=20, layout="flatt")


@pytest.mark.parametrize("name", LOW_RANK)
@pytest.mark.parametrize("r", [0, -1, 1.5])
def test_bad_rank(name: str, r: Any) -> None:
    with pytest.raises(ValueError, match=r"r must be an integer >= 1, got"):
        functions.create(name, n=6, D=20, r=r)


@pytest.mark.parametrize("example", ONE_INPUT, ids=[e.id for e in ONE_INPUT])
def test_inputs_that_do_not_fit(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    m = example.sizes["m"]
    for wrong in (torch.cat([x, x], 1), x[0], x[None]):
        with pytest.raises(ValueError, match=rf"x must have shape \(batch, {m}\), got"):
            f(wrong)
    with pytest.raises(
        ValueError, match=r"x must be a floating point tensor, got dtype torch.int64"
    ):
        f(torch.ones(2, m, dtype=torch.int64))


@pytest.mark.parametrize("example", FUSIONS, ids=[e.id for e in FUSIONS])
def test_fused_inputs_that_do_not_fit(example: Example) -> None:
    f, xs = example.make(), example.inputs()
    wider = [*xs[:-1], torch.cat([xs[-1], xs[-1]], -1)]
    for wrong in ([], xs[:-1], [*xs, xs[0]], wider):
        with pytest.raises(ValueError, match=r"must have the widths dims = "):
            f(wrong)
    if len(xs) > 1:
        with pytest.raises(ValueError, match=r"must agree in all axes but the last"):
            f([xs[0][:1], *xs[1:]])  # one row would broadcast


def test_fusions_take_any_number_of_leading_axes() -> None:
    for example in FUSIONS:
        f, xs = example.make(), example.inputs()
        folded = f([x.unflatten(0, (2, 2)) for x in xs])
        torch.testing.assert_close(folded.flatten(0, 1), f(xs))
