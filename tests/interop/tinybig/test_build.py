"""What is built of tinybig's classes and arguments, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from torch import nn

from rpn_zoo import functions
from rpn_zoo.functions.graph import Graph
from rpn_zoo.interop import tinybig
from rpn_zoo.interop.tinybig.build import TRANSLATORS
from rpn_zoo.nn import RPN, Head, Layer

LIST_NORM = {
    "function_class": "torch.nn.BatchNorm1d",
    "function_parameters": {"num_features": 3},
}


def head(**arguments: Any) -> Head:
    made = tinybig.build("rpn_head", {"m": 4, "n": 3, **PSI, **arguments})
    assert isinstance(made, Head)
    return made


def function(path: str, **parameters: Any) -> dict[str, Any]:
    return {"function_class": f"tinybig.{path}", "function_parameters": parameters}


PSI = {"parameter_fabrication_configs": function("reconciliation.identity_reconciliation")}


def test_every_class_has_a_translator() -> None:
    stems = [
        "perceptron", "svm", "kan", "naive_bayes", "pgm", "bilinear_interdependence",
        "graph_interdependence", "graph_bilinear_interdependence", "chain_interdependence",
        "grid_interdependence", "grid_compression",
    ]  # fmt: skip
    models = [
        "mlp", "kan", "svm", "naive_bayes", "pgm", "cnn", "resnet", "rnn", "regression_rnn", "gcn",
        "gat", "transformer",
    ]  # fmt: skip
    expected = {"rpn_head", "rpn_layer", "rpn"}
    expected |= {f"{stem}_{kind}" for stem in stems for kind in ("head", "layer")}
    expected |= {*models, *(f"rpn_{model}" for model in models)}
    assert set(TRANSLATORS) == expected


def test_paths_and_aliases_mean_the_same() -> None:
    names = ("mlp", "rpn_mlp", "tinybig.model.mlp", "tinybig.model.rpn_mlp")
    configs = [tinybig.convert(name, {"dims": [3, 2]}) for name in names]
    assert all(config == configs[0] for config in configs)


def test_results_are_of_the_right_kind() -> None:
    assert isinstance(tinybig.build("svm_head", {"m": 2, "n": 1}), Head)
    assert isinstance(tinybig.build("svm_layer", {"m": 2, "n": 1}), Layer)
    network = tinybig.build("svm", {"dims": [2, 1], "name": "x", "device": "mps"})
    assert isinstance(network, RPN)
    again = RPN(network.config)
    assert [*again.state_dict()] == [*network.state_dict()]


def test_widths_above_one_make_independent_heads() -> None:
    layer = tinybig.build("perceptron_layer", {"m": 3, "n": 2, "width": 3})
    weights = [h.reconciliation.w for h in layer.heads]
    assert len({id(w) for w in weights}) == 3
    assert not torch.equal(weights[0], weights[1])


@pytest.mark.parametrize("policy", ["frozen", "plain", "trained"])
def test_norms_in_lists(policy: str) -> None:
    made = tinybig.build(
        "rpn_head",
        {"m": 4, "n": 3, **PSI, "output_process_function_configs": [LIST_NORM]},
        listed_norms=policy,
    )
    norm = made.output_functions[0]
    assert isinstance(norm, nn.BatchNorm1d)
    assert norm.affine == (policy != "plain")
    trained = sum(p.numel() for p in made.parameters() if p.requires_grad)
    assert trained == (18 if policy == "trained" else 12)
    assert not norm.eval().training
    with pytest.raises(ValueError, match="listed_norms must be one of frozen, plain, trained"):
        tinybig.build("svm_head", {"m": 2, "n": 1}, listed_norms="thawed")


def test_a_norm_of_its_own_is_trained() -> None:
    made = head(output_process_function_configs=LIST_NORM)
    assert sum(p.numel() for p in made.parameters() if p.requires_grad) == 18


def test_functions_without_configs() -> None:
    given = nn.PReLU()
    made = head(output_process_functions=["relu", torch.tanh, nn.Identity(), given])
    assert [type(f).__name__ for f in made.output_functions] == ["ReLU", "Tanh", "PReLU"]
    assert given.weight.requires_grad
    assert not made.output_functions[2].weight.requires_grad


def test_a_function_of_rpn_zoo_will_do() -> None:
    taylor = functions.create("taylor_expansion", m=4, d=2)
    for given in (taylor, "taylor_expansion", {"name": "taylor_expansion", "d": 2}):
        assert head(data_transformation=given).expansion.D == 20


def test_a_head_of_nothing_but_sizes() -> None:
    made = tinybig.build("rpn_head", {"m": 3, "n": 3})
    x = torch.rand(2, 3)
    torch.testing.assert_close(made(x), x)
    with pytest.raises(tinybig.TinybigError, match="n must be D = 3"):
        tinybig.build("rpn_head", {"m": 3, "n": 4})


def test_stated_lengths_are_checked() -> None:
    head(l=12)
    with pytest.raises(ValueError, match="head 0: l must be 12, got 13"):
        head(l=13)


def test_a_graph_of_rpn_zoo() -> None:
    graph = Graph.from_pairs(3, [(0, 1), (1, 2)])
    x = torch.rand(3, 2)
    ways: list[dict[str, Any]] = [
        {"graph": graph},
        {"graph": {"nodes": 3, "links": [[0, 1], [1, 2]]}},
        {"nodes": [0, 1, 2], "links": [[0, 1], [1, 2]]},
    ]
    made = [tinybig.build("gcn", {"dims": [2, 2], **way}).eval() for way in ways]
    for other in made[1:]:
        torch.testing.assert_close(other(x), made[0](x))


def test_component_functions() -> None:
    assert tinybig.build("tinybig.expansion.taylor_expansion", {"m": 3, "d": 2}).D == 12
    psi = tinybig.build("dual_lphm_reconciliation", {"n": 4, "D": 6, "p": 2, "q": 3, "r": 1})
    assert psi.layout == "flat"
    A = tinybig.build(
        "parameterized_bilinear_interdependence", {"m": 3, "b": 4, "require_data": True}
    )
    assert A.mode == "instance"
    assert tinybig.build("mean_fusion", {"dims": [3, 3], "name": "mean"}).n == 3
    assert tinybig.build("linear_remainder", {"m": 3, "n": 2, "enable_bias": True}).b.shape == (2,)
    with pytest.raises(tinybig.TinybigError, match="needs the size D"):
        tinybig.build("lorr_reconciliation", {"n": 3})
    with pytest.raises(tinybig.TinybigError, match=r"rr: unknown argument. Did you mean r\?"):
        tinybig.build("lorr_reconciliation", {"n": 3, "D": 4, "rr": 2})


def test_seeds() -> None:
    one, same, other = (tinybig.build("mlp", {"dims": [3, 2]}, seed=s) for s in (0, 0, 1))
    key = "layers.0.heads.0.reconciliation.w"
    assert torch.equal(one.state_dict()[key], same.state_dict()[key])
    assert not torch.equal(one.state_dict()[key], other.state_dict()[key])


def bound(method: str, rows: int, columns: int) -> float:
    """The standard deviation of an initialisation."""
    if method == "xavier_normal":
        return float((2 / (rows + columns)) ** 0.5)
    width = (6 / (rows + columns)) ** 0.5 if method == "xavier_uniform" else columns**-0.5
    return float(width / 3**0.5)


@pytest.mark.parametrize("method", ["xavier_uniform", "xavier_normal", "kaiming_uniform"])
def test_initial_values_as_tinybig_draws_them(method: str) -> None:
    arguments = {
        "m": 60, "n": 50, "with_residual": True, "with_relu": False, "channel_num": 2,
        "parameters_init_method": method,
    }  # fmt: skip
    made = tinybig.build("perceptron_head", arguments, init="tinybig")
    for w, expected in (
        (made.reconciliation.w, bound(method, 2, 3000)),
        (made.remainder.w, bound(method, 50, 60)),
    ):
        assert w.std().item() == pytest.approx(expected, rel=0.05)
        if method != "xavier_normal":
            assert w.abs().max().item() <= expected * 3**0.5
    assert made.bias.abs().max().item() > 0
    plain = tinybig.build("perceptron_head", arguments)
    assert plain.reconciliation.w.std().item() == pytest.approx((2 / 110) ** 0.5, rel=0.05)


def test_initial_values_of_graph_heads_and_of_fusions() -> None:
    graph = {"nodes": list(range(4)), "links": [[0, 1]]}
    made = tinybig.build("gcn", {"dims": [90, 40], **graph}, init="tinybig")
    w = made.layers[0].heads[0].reconciliation.w
    assert w.abs().max().item() <= 40**-0.5
    assert w.std().item() == pytest.approx((40 * 3) ** -0.5, rel=0.05)
    layer = tinybig.build("bilinear_interdependence_layer", {"m": 8, "n": 30}, init="tinybig")
    assert layer.fusion.w.abs().max().item() <= 30**-1


WRONG: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "unknown class": ("mlpp", {}, ("no class 'mlpp'", "Did you mean mlp")),
    "class of another package": ("os.system", {}, ("neither of tinybig nor of torch",)),
    "unknown argument": (
        "mlp", {"dims": [3, 2], "enable_biass": True},
        ("enable_biass: unknown argument. Did you mean enable_bias?",),
    ),
    "several at once": (
        "mlp", {"dims": [3, 2], "widht": 1, "rr": 2, "r": "x"},
        ("3 problems", "widht: unknown", "rr: unknown", "r: must be a whole number, got 'x'"),
    ),
    "missing argument": ("mlp", {}, ("the argument dims is missing",)),
    "text for a number": (
        "perceptron_head", {"m": "4", "n": 3}, ("m: must be a whole number, got '4'",),
    ),
    "truth value for a number": ("mlp", {"dims": [3, True]}, ("dims: must be a list of whole",)),
    "number for a truth value": (
        "mlp", {"dims": [3, 2], "with_lorr": 1}, ("with_lorr: must be true or false, got 1",),
    ),
    "one width": ("mlp", {"dims": [3]}, ("at least 2 widths, got [3]",)),
    "negative width": ("mlp", {"dims": [3, -2]}, ("n must be an integer >= 1, got -2",)),
    "huge width": ("perceptron_layer", {"m": 2, "n": 2, "width": 10**9}, ("width must be in 1..",)),
    "huge number of channels": (
        "rpn_head", {"m": 2, "n": 2, "channel_num": 10**12}, ("channel_num must be in 1..1000",),
    ),
    "unknown kernel": ("svm_head", {"m": 2, "n": 1, "kernel": "rbf"}, ("kernel must be one of",)),
    "unknown distribution": (
        "naive_bayes_head", {"m": 2, "n": 1, "distribution": "normel"}, ("Did you mean normal?",),
    ),
    "unknown initialisation": (
        "svm_head", {"m": 2, "n": 1, "parameters_init_method": "xavier"},
        ("parameters_init_method must be one of", "Did you mean xavier_normal"),
    ),
    "no graph": ("gcn", {"dims": [2, 2]}, ("the graph is missing: give nodes and links",)),
    "unknown node": (
        "gcn", {"dims": [2, 2], "nodes": [0, 1], "links": [[0, 2]]}, ("the unknown 2 in link 0",),
    ),
    "links that are no pairs": (
        "gcn", {"dims": [2, 2], "nodes": [0, 1], "links": [0, 1]}, ("a list of pairs of nodes",),
    ),
    "patch without size": (
        "grid_interdependence_head", {"h": 3, "w": 3, "in_channel": 1, "out_channel": 1},
        ("p_h must be given for a patch of the shape cuboid",),
    ),
    "layer of nothing": ("rpn_layer", {"m": 2, "n": 2}, ("a layer needs head_configs",)),
    "unknown function": (
        "rpn_head", {"m": 2, "n": 2, "data_transformation_configs": function("expansion.taylr")},
        (
            "data_transformation_configs.function_class: unknown expansion or compression",
            "'tinybig.expansion.taylr'",
        ),
    ),
    "function of another family": (
        "rpn_head", {"m": 2, "n": 2, "remainder_configs": function("expansion.taylor_expansion")},
        ("remainder_configs.function_class: unknown remainder",),
    ),
    "unknown parameter of a function": (
        "rpn_head",
        {"m": 2, "n": 2, "data_transformation_configs": function(
            "expansion.taylor_expansion", dd=2)},
        ("data_transformation_configs.function_parameters.dd: unknown argument", "mean d?"),
    ),
    "wrong parameter of a function": (
        "rpn_head",
        {"m": 2, "n": 2, "data_transformation_configs": function(
            "expansion.taylor_expansion", d="two")},
        ("function_parameters.d: must be a whole number, got 'two'",),
    ),
    "parameter that does not fit": (
        "rpn_head",
        {"m": 4, "n": 3, "parameter_fabrication_configs": function(
            "reconciliation.dual_lphm_reconciliation", p=2, q=2)},
        ("parameter_fabrication_configs: p must divide n = 3",),
    ),
    "norm of another width": (
        "rpn_head",
        {"m": 4, "n": 4, **PSI, "output_process_function_configs": [LIST_NORM]},
        ("output_process_function_configs[0]: num_features must be 4 here",),
    ),
    "norm of a matrix of another width": (
        "rpn_head",
        {"m": 4, "n": 4, **PSI, "attribute_interdependence_configs": function(
            "interdependence.parameterized_interdependence", m_prime=7,
            postprocess_function_configs={"function_class": "torch.nn.LayerNorm",
                                          "function_parameters": {"normalized_shape": 6}})},
        ("postprocess_function_configs: normalized_shape must be 7 here, the number of columns",),
    ),
    "unknown ordinary function": (
        "rpn_head", {"m": 4, "n": 4, **PSI, "output_process_functions": ["relu", "rellu"]},
        ("output_process_functions[1]: unknown function 'rellu'", "Did you mean relu"),
    ),
    "instance function for attributes": (
        "rpn_head",
        {"m": 4, "n": 4, **PSI, "attribute_interdependence_configs": function(
            "interdependence.parameterized_interdependence", b=3, interdependence_type="instance")},
        ("interdependence_type must be 'attribute' in this slot, it is 'instance'",),
    ),
    "fusion of other widths": (
        "rpn_head",
        {"m": 4, "n": 4, **PSI, "channel_num": 2, "channel_fusion_configs": function(
            "fusion.sum_fusion", dims=[4, 5])},
        ("channel_fusion_configs.function_parameters.dims: must be [4, 4]",),
    ),
    "layers that do not meet": (
        "rpn",
        {"layer_configs": [
            {"layer_class": "svm_layer", "layer_parameters": {"m": 2, "n": 3}},
            {"layer_class": "svm_layer", "layer_parameters": {"m": 4, "n": 3}},
        ]},
        ("layer 0 puts out 3 columns, but layer 1 takes m = 4",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_descriptions(case: str) -> None:
    key, arguments, words = WRONG[case]
    with pytest.raises(ValueError, match=re.escape(words[0])) as caught:
        tinybig.build(key, arguments)
    for word in words:
        assert word in str(caught.value)


WITHOUT_EFFECT: dict[str, tuple[str, dict[str, Any], str]] = {
    "hybrid": ("perceptron_head", {"m": 2, "n": 2, "with_hybrid_expansion": True}, "no effect"),
    "chains of Taylor": (
        "chain_interdependence_head", {"m": 2, "n": 2, "chain_length": 3, "with_taylor": True},
        "with_taylor: has no effect",
    ),
    "one step of three": (
        "grid_compression_head", {"h": 3, "w": 3, "channel_num": 1, "p_h": 1, "cd_h": 2},
        "cd_h: has no effect",
    ),
    "unknown packing": (
        "grid_compression_head",
        {"h": 3, "w": 3, "channel_num": 1, "p_h": 1, "packing_strategy": "loose"},
        "packing_strategy: 'loose' is unknown for a cuboid",
    ),
    "objects win": (
        "rpn_head",
        {"m": 2, "n": 2, "data_transformation": "identity_expansion",
         "data_transformation_configs": function("expansion.taylor_expansion")},
        "data_transformation_configs is not used",
    ),
    "activation of zero": (
        "rpn_head",
        {"m": 2, "n": 2, "remainder_configs": function(
            "remainder.zero_remainder", activation_functions="sigmoid")},
        "the activation of a zero remainder has no effect",
    ),
    "softmax of one": (
        "regression_rnn", {"chain_length": 2, "dims": [1, 1]}, "with one output it is always 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WITHOUT_EFFECT)
def test_nothing_is_dropped_silently(case: str) -> None:
    key, arguments, words = WITHOUT_EFFECT[case]
    with pytest.warns(UserWarning, match=words):
        tinybig.build(key, arguments)


def test_the_arguments_are_left_as_they_are() -> None:
    arguments = {
        "m": 2, "n": 2, "head_configs": {"head_class": "rpn_head", "head_parameters": {**PSI}},
    }  # fmt: skip
    before = repr(arguments)
    tinybig.build("rpn_layer", arguments)
    assert repr(arguments) == before
