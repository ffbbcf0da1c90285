"""Example options of interdependences without structure (chains, graphs and grids: elsewhere)."""

from __future__ import annotations

from typing import Any

Case = tuple[dict[str, Any], dict[str, Any]]
"""The sizes, and the options of a config."""

INSTANCE = {"b": 4, "interdependence_type": "instance"}
COLUMN_SOFTMAX = {"name": "operator_based_normalize_matrix", "mode": "column"}
SCALED_SOFTMAX = {**COLUMN_SOFTMAX, "rescale_factor": 0.7}
MASKED_SOFTMAX = {**COLUMN_SOFTMAX, "mask_zeros": True}


def both(*options: dict[str, Any], m: int = 5) -> list[Case]:
    """Each set of options in attribute mode and in instance mode (4 rows)."""
    attribute: list[Case] = [({"m": m}, given) for given in options]
    return [*attribute, *(({"m": m}, {**INSTANCE, **given}) for given in options)]


KERNEL = both({}, {"preprocess_functions": "tanh", "postprocess_functions": SCALED_SOFTMAX})
PRIME: list[Case] = [
    ({"m": 5}, {"m_prime": 3}),
    ({"m": 3}, {"interdependence_type": "right", "m_prime": 5}),
    ({"m": 3}, {**INSTANCE, "b_prime": 6}),
    ({"m": 3}, {**INSTANCE, "b_prime": 2, "postprocess_functions": COLUMN_SOFTMAX}),
]


def parameterized(**options: Any) -> list[Case]:
    return [
        ({"m": 6}, options),
        ({"m": 6}, {**options, "m_prime": 4, "postprocess_functions": SCALED_SOFTMAX}),
        ({"m": 3}, {**INSTANCE, **options}),
        ({"m": 3}, {**INSTANCE, **options, "b_prime": 6}),
    ]


def bilinear(**options: Any) -> list[Case]:
    # p and q divide m = 6 and b = 6, but not m = 3.
    other = {"p": 1, "q": 3} if "p" in options else {"preprocess_functions": "tanh"}
    return [
        ({"m": 6}, options),
        ({"m": 6}, {**options, "postprocess_functions": SCALED_SOFTMAX}),
        ({"m": 6}, {**options, "postprocess_functions": MASKED_SOFTMAX}),
        ({"m": 3}, {"b": 6, "interdependence_type": "attribute", **options}),
        ({"m": 3}, {"b": 6, "interdependence_type": "left", **options, **other}),
    ]


def first_and_last(cases: list[Case]) -> list[Case]:
    """One case in each mode, for further options."""
    return [cases[0], cases[-1]]


FLAT = {"layout": "flat"}
RPN = {
    "data_transformation": "taylor_expansion",
    "parameter_fabrication": {"name": "lorr_reconciliation", "r": 1},
}
GRAPH = {
    "name": "graph_interdependence",
    "nodes": 4,
    "links": [[0, 1], [1, 2], [3, 0]],
    "directed": False,
    "self_dependence": True,
}
CHILDREN = ["linear_kernel_interdependence", {"name": "gaussian_rbf_kernel_interdependence"}]
LEARNT = [
    "lowrank_parameterized_bilinear_interdependence",
    {"name": "random_matrix_adaption_parameterized_interdependence", "r": 1},
]

CASES: dict[str, list[Case]] = {
    "constant_interdependence": [
        ({"m": 3}, {"A": [[1.0, -2.0], [0.5, 0.0], [3.0, 0.25]]}),
        (
            {"m": 3},
            {"A": [[1.0, 0.5], [-1.0, 2.0]], "b": 2, "interdependence_type": "instance"},
        ),
        ({"m": 2}, {"A": [[1.0, 2.0], [0.5, 0.25]], "postprocess_functions": COLUMN_SOFTMAX}),
    ],
    "constant_c_interdependence": [*PRIME, ({"m": 3}, {"c": 0.25, "m_prime": 2})],
    "zero_interdependence": PRIME[:3],
    "one_interdependence": PRIME,
    "identity_interdependence": [*PRIME, ({"m": 3}, {})],
    "linear_kernel_interdependence": KERNEL,
    "polynomial_kernel_interdependence": [*KERNEL, *both({"c": 0.5}, {"c": 0.5, "d": 2})],
    "hyperbolic_tangent_kernel_interdependence": [*KERNEL, *both({"c": 0.2, "alpha": 0.3})],
    "exponential_kernel_interdependence": [*KERNEL, *both({"gamma": 0.3})],
    "minkowski_distance_interdependence": both(
        {"p": 3},
        {"p": 1.5, "preprocess_functions": "tanh"},
        {"p": "inf"},
        {"p": "-inf", "postprocess_functions": COLUMN_SOFTMAX},
        {"p": 1},
        {"p": "fro"},
        {"p": 0},
        {"p": 0.5},
        {"p": -1.0},
    ),
    "manhattan_distance_interdependence": KERNEL,
    "euclidean_distance_interdependence": [
        *KERNEL,
        *both(
            {
                "postprocess_functions": {
                    "name": "degree_based_normalize_matrix",
                    "mode": "row_column",
                }
            }
        ),
    ],
    "chebyshev_distance_interdependence": KERNEL,
    "canberra_distance_interdependence": KERNEL,
    "cosine_similarity_interdependence": KERNEL,
    "gaussian_rbf_kernel_interdependence": [*KERNEL, *both({"sigma": 2.0})],
    "laplacian_kernel_interdependence": [*KERNEL, *both({"sigma": 2.5}, {"sigma": -4.0})],
    "anisotropic_rbf_kernel_interdependence": [
        *both({}, {"a_scalar": 0.4, "preprocess_functions": "tanh"}),
        ({"m": 3}, {"b": 4, "a_vector": [0.5, 0.25, 0.0, 2.0]}),
        ({"m": 3}, {**INSTANCE, "a_vector": [0.5, -0.25, 1.0]}),
    ],
    "custom_hybrid_kernel_interdependence": both(
        {"kernels": ["linear_kernel", "gaussian_rbf_kernel"]},
        {
            "kernels": [
                {"name": "polynomial_kernel", "c": 1.0, "d": 2},
                "laplacian_kernel",
                "batch_pearson_correlation_kernel",
            ],
            "weights": [0.3, 0.7, -0.5],
        },
    ),
    "numerical_kernel_based_interdependence": both(
        {"kernel": "linear_kernel"},
        {"kernel": {"name": "minkowski_distance", "p": 3, "centered": True}},
        {"kernel": {"name": "euclidean_distance", "centered": True}},
    ),
    "statistical_kernel_based_interdependence": both(
        {"kernel": "koala.statistics.batch_pearson_correlation_kernel"},
        {"kernel": "kl_divergence_kernel", "postprocess_functions": COLUMN_SOFTMAX},
    ),
    "kl_divergence_interdependence": [
        *KERNEL,
        *both({"postprocess_functions": {"name": "softmax", "dim": 0}}),
    ],
    "pearson_correlation_interdependence": KERNEL,
    "rv_coefficient_interdependence": KERNEL,
    "mutual_information_interdependence": KERNEL,
    "parameterized_interdependence": parameterized(),
    "lowrank_parameterized_interdependence": [
        *parameterized(),
        *first_and_last(parameterized(r=1)),
    ],
    "hm_parameterized_interdependence": [
        *parameterized(p=1, q=2),
        *first_and_last(parameterized(p=1, q=2, **FLAT)),
        ({"m": 6}, {"p": 3, **FLAT}),
    ],
    "lphm_parameterized_interdependence": [
        *parameterized(p=1, r=2),
        *first_and_last(parameterized(p=1, q=2, r=1, **FLAT)),
        ({"m": 6}, {"p": 3, "r": 1}),
    ],
    "dual_lphm_parameterized_interdependence": [
        *parameterized(p=1, r=2),
        *first_and_last(parameterized(p=1, q=2, r=1, **FLAT)),
        ({"m": 6}, {"p": 3, "q": 2, "r": 1}),
    ],
    "random_matrix_adaption_parameterized_interdependence": [
        *parameterized(),
        *first_and_last(parameterized(r=3)),
    ],
    "parameterized_bilinear_interdependence": bilinear(),
    "lowrank_parameterized_bilinear_interdependence": [*bilinear(), *first_and_last(bilinear(r=1))],
    "hm_parameterized_bilinear_interdependence": [
        *bilinear(p=2),
        *first_and_last(bilinear(p=2, q=3)),
        *first_and_last(bilinear(p=2, **FLAT)),
        *first_and_last(bilinear(p=3, q=2, **FLAT)),
        ({"m": 12}, {"p": 4, "q": 4, **FLAT}),
    ],
    "lphm_parameterized_bilinear_interdependence": [
        *bilinear(p=2, r=2),
        *first_and_last(bilinear(p=3, q=2, r=1)),
        *first_and_last(bilinear(p=2, r=1, **FLAT)),
        *first_and_last(bilinear(p=2, q=3, r=1, **FLAT)),
        ({"m": 12}, {"p": 2, "q": 4, "r": 1, **FLAT}),
    ],
    "dual_lphm_parameterized_bilinear_interdependence": [
        *bilinear(p=2, r=1),
        *first_and_last(bilinear(p=3, q=2, r=2)),
        *first_and_last(bilinear(p=2, r=1, **FLAT)),
        *first_and_last(bilinear(p=2, q=3, r=2, **FLAT)),
    ],
    "random_matrix_adaption_parameterized_bilinear_interdependence": [
        *bilinear(),
        *first_and_last(bilinear(r=3)),
    ],
    "parameterized_rpn_interdependence": [
        ({"m": 3}, {"b": 2, **RPN}),
        ({"m": 3}, {"b": 2, "m_prime": 2, "postprocess_functions": COLUMN_SOFTMAX, **RPN}),
        ({"m": 2}, {**INSTANCE, "preprocess_functions": "tanh", **RPN}),
        (
            {"m": 3},
            {
                **INSTANCE,
                "b_prime": 2,
                "data_transformation": "identity_expansion",
                "parameter_fabrication": "random_matrix_adaption_reconciliation",
            },
        ),
        (
            {"m": 3},
            {
                "b": 2,
                "data_transformation": {"name": "taylor_expansion", "d": 1},
                "parameter_fabrication": "one_reconciliation",
            },
        ),
    ],
    "hybrid_interdependence": [
        *both({"interdependence_functions": CHILDREN, "fusion_function": "mean_fusion"}, m=3),
        *both(
            {
                "interdependence_functions": CHILDREN,
                "fusion_function": "prod_fusion",
                "preprocess_functions": "tanh",
                "postprocess_functions": SCALED_SOFTMAX,
            },
            m=3,
        ),
        (
            {"m": 3},
            {
                "b": 4,
                "interdependence_functions": LEARNT,
                "fusion_function": "parameterized_weighted_summation_fusion",
            },
        ),
        (
            {"m": 3},
            {
                **INSTANCE,
                "interdependence_functions": [
                    *LEARNT,
                    {"name": "one_interdependence", "b_prime": 2},
                    {"name": "gaussian_rbf_kernel_interdependence", "preprocess_functions": "tanh"},
                ],
                "fusion_function": "concatenation_fusion",
            },
        ),
        *(
            (
                {"m": 3},
                {
                    "interdependence_type": "instance",
                    "interdependence_functions": [GRAPH, LEARNT[0]],
                    "fusion_function": "prod_fusion",
                    "postprocess_functions": after,
                },
            )
            for after in (MASKED_SOFTMAX, None)
        ),
        (
            {"m": 3},
            {
                "interdependence_functions": ["parameterized_interdependence"],
                "fusion_function": {"name": "parameterized_concatenation_fusion", "n": 2},
            },
        ),
        (
            {"m": 3},
            {
                "interdependence_functions": [
                    "identity_interdependence",
                    {"name": "linear_kernel_interdependence", "postprocess_functions": "tanh"},
                ],
                "fusion_function": {"name": "sum_fusion", "postprocess_functions": "tanh"},
            },
        ),
    ],
}

CONSTANT = {"zero_interdependence"}
"""Functions whose output does not depend on their input."""
