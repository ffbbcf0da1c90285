"""Heads on sequences: rows of L positions that share their weights, as config dicts."""

from __future__ import annotations

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.models.parts import Config

READOUTS = ("mean", "all")


def position_wise(length: int, **head: object) -> Config:
    """A head that treats each of ``length`` positions alike.

    Example:
        >>> position_wise(5, bias=True)
        {'bias': True, 'positions': {'count': 5}}
    """
    return {**head, "positions": {"count": length}}


def average(length: int, **head: object) -> Config:
    """A head that averages the positions: A is the (length, 1) matrix of 1 / length.

    The product commutes with the mean.
    """
    mean: Spec = {"name": "constant_c_interdependence", "c": 1.0 / length, "b_prime": 1}
    return position_wise(length, instance_interdependence=mean, **head)


def readout(kind: str, length: int, **head: object) -> Config:
    """The last layer of a sequence network: of the mean position, or of all side by side."""
    check_choice("readout", kind, READOUTS)
    return average(length, **head) if kind == "mean" else dict(head)
