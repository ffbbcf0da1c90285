"""Parameters under tinybig's names: what is taken, what may be missing, what is refused."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rpn_zoo.interop import tinybig
from rpn_zoo.interop.tinybig.parameter_names import names_of
from rpn_zoo.nn import RPN
from tests.interop.tinybig.test_build import PSI, function

GRAPH = {"nodes": [0, 1, 2], "links": [[0, 1], [1, 2]]}
BATCH_NORM = {"function_class": "torch.nn.BatchNorm1d"}


def names(model: nn.Module) -> set[str]:
    return set(names_of(model).entries)


def required(model: nn.Module) -> dict[str, Tensor]:
    """Arrays for all that a state dict must hold."""
    generator = torch.Generator().manual_seed(3)
    return {
        name: torch.randn(entry.shape, generator=generator)
        for name, entry in names_of(model).entries.items()
        if entry.required
    }


NAMES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "a head with everything": (
        "rpn_head",
        {
            "m": 4, "n": 3, "channel_num": 2,
            "parameter_fabrication_configs": function(
                "reconciliation.identity_reconciliation", enable_bias=True),
            "remainder_configs": function("remainder.linear_remainder", enable_bias=True,
                                          activation_function_configs=[
                                              {"function_class": "torch.nn.PReLU"}]),
            "attribute_interdependence_configs": function(
                "interdependence.parameterized_interdependence"),
            "instance_interdependence_configs": function(
                "interdependence.random_matrix_adaption_parameterized_bilinear_interdependence"),
            "channel_fusion_configs": function("fusion.parameterized_concatenation_fusion"),
            "input_process_function_configs": [BATCH_NORM],
        },
        {
            "w", "b", "w_remainder", "b_remainder", "w_attribute_interdependence",
            "w_instance_interdependence", "w_channel_fusion",
            "remainder.activation_functions.0.weight", "instance_interdependence.A",
            "instance_interdependence.B", "input_process_functions.0.weight",
            "input_process_functions.0.bias", "input_process_functions.0.running_mean",
            "input_process_functions.0.running_var",
            "input_process_functions.0.num_batches_tracked",
        },
    ),
    "frozen arrays": (
        "rpn_head",
        {"m": 4, "n": 3, "parameter_fabrication_configs": function(
            "reconciliation.masking_reconciliation")},
        {"w", "parameter_fabrication.mask_matrix"},
    ),
    "a hypernet": (
        "rpn_head",
        {"m": 2, "n": 2, "parameter_fabrication_configs": function(
            "reconciliation.hypernet_reconciliation", l=3, hidden_dim=2)},
        {"w", *(f"parameter_fabrication.net.{i}.{k}" for i in (0, 2) for k in ("weight", "bias"))},
    ),
    "attention": (
        "bilinear_interdependence_layer",
        {"m": 2, "n": 2, "width": 2},
        {"w_head_fusion", *(f"heads.{i}.{w}" for i in (0, 1)
                            for w in ("w", "w_instance_interdependence"))},
    ),
    "graph attention": (
        "gat",
        {"dims": [2, 2], **GRAPH},
        {"layers.0.heads.0.w", "layers.0.heads.0.w_instance_interdependence"},
    ),
    "norms within compositions": (
        "rpn_head",
        {"m": 2, "n": 2, **PSI, "data_transformation_configs": function(
            "expansion.nested_expansion", composition_function_configs=[
                function("expansion.taylor_expansion", postprocess_function_configs={
                    "function_class": "torch.nn.LayerNorm"})])},
        {"w", *(f"data_transformation.functions.0.postprocess_functions.0.{k}"
                for k in ("weight", "bias"))},
    ),
    "pooling": ("grid_compression_head", {"h": 2, "w": 2, "channel_num": 1, "p_h": 0}, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMES)
def test_names(case: str) -> None:
    key, arguments, expected = NAMES[case]
    assert names(tinybig.build(key, arguments)) == expected


def test_every_array_has_its_place() -> None:
    """What is loaded under tinybig's names is the whole state of the network."""
    arguments = {"dims": [3, 4, 2], "fc_dims": [3, 2], "width": 2, "with_lorr": True}
    model = tinybig.build("transformer", arguments)
    entries = names_of(model).entries
    state = {name: torch.full(entry.shape, 2.5) for name, entry in entries.items()}
    tinybig.load_state_dict(model, state)
    for name, value in model.state_dict().items():
        assert bool((value == (2 if name.endswith("tracked") else 2.5)).all()), name
    count = sum(math.prod(entry.shape) for entry in entries.values())
    assert count == sum(value.numel() for value in model.state_dict().values())


def test_channels_are_rows() -> None:
    arguments = {"m": 3, "n": 2, "channel_num": 2, "with_lorr_interdependence": True}
    model = tinybig.build("bilinear_interdependence_head", arguments)
    state = required(model)
    tinybig.load_state_dict(model, state)
    for c, A in enumerate(model.instance_interdependences):
        torch.testing.assert_close(A.w, state["w_instance_interdependence"][c : c + 1])


def test_the_dtype_is_the_models() -> None:
    model = tinybig.build("svm", {"dims": [3, 2]}).double()
    state = required(model)
    tinybig.load_state_dict(model, state)
    w = model.layers[0].heads[0].reconciliation.w
    assert w.dtype == torch.float64
    torch.testing.assert_close(w, state["layers.0.heads.0.w"].double(), rtol=0, atol=0)


def test_what_tinybig_does_not_save_may_be_missing() -> None:
    listed = {"m": 4, "n": 3, **PSI, "output_process_function_configs": [BATCH_NORM]}
    model = tinybig.build("rpn_head", listed)
    with pytest.warns(UserWarning, match=r"no running statistics .*running_mean.* training mode"):
        tinybig.load_state_dict(model, required(model))
    norm = model.output_functions[0]
    assert bool((norm.weight == 1).all())
    assert bool((norm.bias == 0).all())
    frozen = tinybig.build(
        "rpn_head",
        {"m": 4, "n": 3, "parameter_fabrication_configs": function(
            "reconciliation.random_matrix_adaption_reconciliation")},
    )  # fmt: skip
    before = frozen.reconciliation.A.clone()
    with pytest.warns(UserWarning, match=r"no parameter_fabrication.A, .*B: what was drawn"):
        tinybig.load_state_dict(frozen, required(frozen))
    assert torch.equal(frozen.reconciliation.A, before)
    plain = tinybig.build(
        "rpn_head",
        {"m": 4, "n": 3, **PSI, "output_process_functions": "layer_norm"},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tinybig.load_state_dict(plain, required(plain))


def test_a_function_of_its_own_has_no_number() -> None:
    alone = {"m": 4, "n": 3, **PSI, "output_process_function_configs": BATCH_NORM}
    model = tinybig.build("rpn_head", alone)
    state = {
        "w": torch.ones(1, 12),
        "output_process_functions.weight": torch.full((3,), 2.0),
        "output_process_functions.bias": torch.zeros(3),
        "output_process_functions.running_mean": torch.full((3,), 0.5),
        "output_process_functions.running_var": torch.ones(3),
        "output_process_functions.num_batches_tracked": torch.tensor(9),
    }
    tinybig.load_state_dict(model, state)
    norm = model.output_functions[0]
    assert (norm.weight[0].item(), norm.num_batches_tracked.item()) == (2.0, 9)
    del state["output_process_functions.running_mean"]
    with pytest.raises(ValueError, match="output_process_functions.0.running_mean .* is missing"):
        tinybig.load_state_dict(model, state)


def test_empty_arrays_of_graphs_are_left_out() -> None:
    model = tinybig.build("graph_interdependence_head", {"m": 2, "n": 2, **GRAPH})
    tinybig.load_state_dict(
        model, {**required(model), "w_instance_interdependence": torch.empty(1, 0)}
    )


@pytest.mark.parametrize("value", [1.0, 2.0])
def test_weights_that_are_left_out(value: float) -> None:
    norm = {"function_class": "torch.nn.LayerNorm", "function_parameters": {"normalized_shape": 3}}
    listed = {"m": 4, "n": 3, **PSI, "output_process_function_configs": [norm]}
    model = tinybig.build("rpn_head", listed, listed_norms="plain")
    key = "output_process_functions.0"
    state = {
        **required(model), f"{key}.weight": torch.full((3,), value), f"{key}.bias": torch.zeros(3),
    }  # fmt: skip
    if value == 1:
        tinybig.load_state_dict(model, state)
        return
    with pytest.raises(ValueError, match=r'0.weight is not 1 throughout.*listed_norms="frozen"'):
        tinybig.load_state_dict(model, state)
    tinybig.load_state_dict(tinybig.build("rpn_head", listed), state)


def test_every_difference_is_listed_and_nothing_is_changed() -> None:
    model = tinybig.build("mlp", {"dims": [3, 4, 2], "enable_bias": True})
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state: dict[str, Any] = required(model)
    del state["layers.0.heads.0.b"]
    state["layers.0.heads.0.bb"] = torch.zeros(4)
    state["layers.0.heads.0.w"] = torch.zeros(1, 11)
    state["layers.1.heads.0.w"][0, 0] = torch.nan
    state["layers.1.heads.0.b"] = [0.0, 0.0]
    with pytest.raises(tinybig.TinybigError) as caught:
        tinybig.load_state_dict(model, state)
    for line in (
        "layers.0.heads.0.bb of the shape (4,) is unknown. Did you mean layers.0.heads.0.b?",
        "layers.1.heads.0.b must be a tensor, got list",
        "layers.0.heads.0.b of the shape (4,) is missing",
        "layers.0.heads.0.w must have the shape (1, 12), got (1, 11)",
        "layers.1.heads.0.w holds NaN or infinite values",
    ):
        assert line in str(caught.value)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_many_differences_are_counted() -> None:
    model = tinybig.build("svm", {"dims": [2, 2]})
    state = {f"x{i}": torch.zeros(1) for i in range(30)}
    with pytest.raises(ValueError, match="and 11 more"):
        tinybig.load_state_dict(model, state)


@pytest.mark.parametrize("value", [torch.zeros(1, 4).to_sparse(), torch.zeros(1, 4) * 1j])
def test_arrays_of_other_kinds(value: Tensor) -> None:
    model = tinybig.build("svm_head", {"m": 2, "n": 2})
    with pytest.raises(ValueError, match="w must be a dense real array"):
        tinybig.load_state_dict(model, {"w": value})


def test_other_modules_and_other_layouts() -> None:
    with pytest.raises(ValueError, match="a Head, Layer or RPN is needed, got Linear"):
        tinybig.load_state_dict(nn.Linear(2, 2), {})
    head = {"reconciliation": {"name": "dual_lphm_reconciliation", "r": 1}}
    native = RPN({"dims": [4, 4], "layers": [{"heads": [head]}]})
    with pytest.warns(UserWarning, match='layout "kronecker", tinybig\'s is "flat"'):
        tinybig.load_state_dict(native, required(native))


def test_arrays_that_follow_from_the_options_need_not_be_there() -> None:
    weighted = function("fusion.weighted_summation_fusion", weights=[0.3, 2.0])
    fixed = function("interdependence.constant_interdependence", A=[[1.0, 2.0]] * 4)
    arguments = {"m": 4, "n": 3, **PSI, "channel_num": 2, "channel_fusion_configs": weighted,
                 "attribute_interdependence_configs": fixed}  # fmt: skip
    model = tinybig.build("rpn_head", arguments)
    assert {"channel_fusion.weights", "attribute_interdependence.A"} <= names(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tinybig.load_state_dict(model, required(model))
    pca = function("compression.incremental_PCA_based_compression", D=2)
    model = tinybig.build("rpn_head", {"m": 4, "n": 3, **PSI, "data_transformation_configs": pca})
    with pytest.warns(UserWarning, match=r"data_transformation\..* is not fitted to data stays"):
        tinybig.load_state_dict(model, required(model))
