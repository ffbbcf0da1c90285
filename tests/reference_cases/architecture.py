"""Evaluating the cases of the family ``architecture``: tinybig's heads, layers, models, files."""

from __future__ import annotations

import warnings
from collections.abc import Collection

from torch import nn

from rpn_zoo.interop import tinybig
from rpn_zoo.interop.tinybig.build import TRANSLATORS
from tests.reference_cases.adapters import Evaluation
from tests.reference_cases.cases import Case

PARAMETER = "param."
FILE = "yaml_config"


def architecture(case: Case) -> Evaluation:
    """``x`` and the parameters -> ``y`` in evaluation mode; ``gx`` = d sum(y y) / dx."""
    with warnings.catch_warnings():  # arguments that have no effect in tinybig either
        warnings.filterwarnings("ignore", "regression_rnn: with_softmax")
        model = make(case).double()
    arrays = [name for name in case.inputs if name.startswith(PARAMETER)]
    state = {name.removeprefix(PARAMETER): case.tensor(name) for name in arrays}
    tinybig.load_state_dict(model, state)
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    x = case.tensor("x").requires_grad_()
    y = model.eval()(x)
    return Evaluation({"y": y}, y.square().sum(), {"x": x}, {"num_parameters": count})


def make(case: Case) -> nn.Module:
    """The module that a case describes."""
    if case.function == FILE:
        return tinybig.load_config(case.kwargs["yaml"]).build()
    return tinybig.build(case.function, case.kwargs)


def known() -> Collection[str]:
    """The functions of the family."""
    return [*TRANSLATORS, FILE]
