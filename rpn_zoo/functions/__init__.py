"""The component functions of reconciled polynomial networks and their registry."""

from rpn_zoo.functions import (
    compression,
    expansion,
    fusion,
    interdependence,
    reconciliation,
    remainder,
    rules,
)
from rpn_zoo.functions.component import Component, Spec
from rpn_zoo.functions.contraction import contract, contract_dense
from rpn_zoo.functions.description import Description, describe
from rpn_zoo.functions.fused import contract_fused
from rpn_zoo.functions.memory import MemoryBudgetError, memory_budget
from rpn_zoo.functions.registry import create, get, list, register

__all__ = [
    "Component",
    "Description",
    "MemoryBudgetError",
    "Spec",
    "compression",
    "contract",
    "contract_dense",
    "contract_fused",
    "create",
    "describe",
    "expansion",
    "fusion",
    "get",
    "interdependence",
    "list",
    "memory_budget",
    "reconciliation",
    "register",
    "remainder",
    "rules",
]
