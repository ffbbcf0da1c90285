"""Example options for reconciliations, remainders and fusions, beside those of `examples.py`."""

from __future__ import annotations

from typing import Any

Case = tuple[dict[str, Any], dict[str, Any]]
"""The sizes, and the options of a config."""

CONSTANTS: list[Case] = [({"n": 3, "D": 5}, {}), ({"n": 2, "D": 4, "channels": 2}, {})]
ENTRYWISE: list[Case] = [
    ({"dims": [3, 3]}, {}),
    (
        {"dims": [4, 4, 4, 4]},
        {"preprocess_functions": "tanh", "postprocess_functions": ["silu", "tanh"]},
    ),
    ({"dims": [2]}, {}),
]
POSITIVE = {"preprocess_functions": "sigmoid"}
KRONECKER: list[Case] = [
    ({"dims": [3, 3]}, {"n": 4, "p": 2}),
    ({"dims": [5, 3]}, {"n": 6, "p": 3, "q": 4, "layout": "flat"}),
    ({"dims": [4, 4, 4]}, {"p": 2, "preprocess_functions": "tanh"}),
]
LOW_RANK: list[Case] = [
    ({"dims": [3, 2]}, {"n": 4}),
    ({"dims": [3, 3]}, {"r": 1, "postprocess_functions": "silu"}),
]

CASES: dict[str, list[Case]] = {
    "constant_reconciliation": [*CONSTANTS, ({"n": 2, "D": 3}, {"c": -2.5})],
    "zero_reconciliation": CONSTANTS,
    "one_reconciliation": CONSTANTS,
    "constant_eye_reconciliation": [*CONSTANTS, ({"n": 5, "D": 3}, {}), ({"n": 2, "D": 2}, {})],
    "masking_reconciliation": [
        ({"n": 3, "D": 5}, {}),
        ({"n": 2, "D": 4, "channels": 3}, {"p": 0.3}),
        ({"n": 2, "D": 3}, {"p": 1}),
    ],
    "duplicated_padding_reconciliation": [
        ({"n": 4, "D": 6}, {}),
        ({"n": 4, "D": 6, "channels": 2}, {"p": 2, "q": 3, "layout": "flat"}),
        ({"n": 6, "D": 5}, {"p": 3, "q": 1}),
        ({"n": 6, "D": 12}, {"p": 1, "q": 4, "layout": "flat"}),
    ],
    "duplicated_diagonal_padding_reconciliation": [
        ({"n": 2, "D": 6}, {}),
        ({"n": 4, "D": 12, "channels": 3}, {"p": 4}),
        ({"n": 3, "D": 3}, {"p": 3, "q": 3}),
    ],
    "hypernet_reconciliation": [
        ({"n": 3, "D": 4}, {"l": 5, "hidden_dim": 4}),
        ({"n": 2, "D": 5, "channels": 2}, {"l": 7, "hidden_dim": 3, "static": False}),
        ({"n": 2, "D": 3}, {"l": 1, "hidden_dim": 1}),
    ],
    "random_matrix_adaption_reconciliation": [
        ({"n": 4, "D": 6}, {}),
        ({"n": 5, "D": 9, "channels": 2}, {"r": 3}),
        ({"n": 1, "D": 2}, {"r": 4}),
    ],
    "random_matrix_hypernet_reconciliation": [
        ({"n": 3, "D": 4}, {"l": 6, "hidden_dim": 5}),
        ({"n": 2, "D": 5, "channels": 2}, {"r": 3, "l": 4, "hidden_dim": 7}),
    ],
    "constant_remainder": [
        ({"m": 3, "n": 2}, {}),
        ({"m": 2, "n": 4}, {"c": -2.0, "activation_functions": ["silu", "tanh"]}),
    ],
    "one_remainder": [({"m": 3, "n": 2}, {}), ({"m": 2, "n": 2}, {"activation_functions": "tanh"})],
    "weighted_summation_fusion": [
        ({"dims": [3, 3]}, {"weights": [0.5, -2]}),
        ({"dims": [2, 2, 2]}, {"preprocess_functions": "tanh"}),
    ],
    "parameterized_weighted_summation_fusion": ENTRYWISE,
    "average_fusion": ENTRYWISE,
    "sum_fusion": ENTRYWISE,
    "max_fusion": ENTRYWISE,
    "min_fusion": ENTRYWISE,
    "prod_fusion": ENTRYWISE,
    "median_fusion": ENTRYWISE,
    "l1_norm_fusion": ENTRYWISE,
    "l2_norm_fusion": ENTRYWISE,
    "metric_fusion": [
        ({"dims": [3, 3, 3]}, {"metric": "batch_std"}),
        ({"dims": [2, 2]}, {"metric": "batch_variance", "postprocess_functions": "tanh"}),
        ({"dims": [3, 3]}, {"metric": "batch_harmonic_mean", **POSITIVE}),
        ({"dims": [3, 3, 3]}, {"metric": "batch_geometric_mean", **POSITIVE}),
        ({"dims": [2, 2, 2, 2]}, {"metric": "batch_skewness"}),
        ({"dims": [2, 2, 2]}, {"metric": "batch_entropy", **POSITIVE}),
        ({"dims": [2, 2, 2, 2]}, {"metric": "batch_median"}),
        ({"dims": [2, 2, 2]}, {"metric": "batch_mode"}),
        *(
            ({"dims": [2, 2, 2]}, {"metric": name})
            for name in ("mean", "sum", "prod", "max", "min", "l1_norm", "l2_norm")
        ),
    ],
    "parameterized_concatenation_fusion": [
        ({"dims": [3, 2]}, {"n": 4}),
        ({"dims": [3, 3]}, {"preprocess_functions": "tanh"}),
    ],
    "lowrank_parameterized_concatenation_fusion": LOW_RANK,
    "random_matrix_adaption_parameterized_concatenation_fusion": LOW_RANK,
    "hm_parameterized_concatenation_fusion": KRONECKER,
    "lphm_parameterized_concatenation_fusion": KRONECKER,
    "dual_lphm_parameterized_concatenation_fusion": [
        *KRONECKER,
        ({"dims": [3, 3]}, {"n": 4, "p": 2, "r": 1}),
    ],
}

CONSTANT = {
    "constant_reconciliation",
    "zero_reconciliation",
    "one_reconciliation",
    "constant_eye_reconciliation",
    "constant_remainder",
    "one_remainder",
}
"""Components whose output depends neither on an input nor on a parameter."""
