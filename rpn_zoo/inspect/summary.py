"""A network head by head: widths, components, parameters, and how its product is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_zoo.functions.contraction import chosen_rule
from rpn_zoo.nn import RPN, Head, Layer


@dataclass(frozen=True)
class HeadSummary:
    """What :func:`summarize` says of one head.

    Attributes:
        place: where it is, ``layers[i].heads[j]``.
        m: input width.
        D: width of the expanded data.
        n: output width.
        expansion: name of the expansion.
        reconciliation: name of the reconciliation.
        interdependence: names of the interdependence functions, attribute first.
        remainder: name of the remainder.
        parameters: number of trainable parameters.
        rule: what evaluates <kappa(x), psi(w)>: a contraction rule, ``convolution``, ``dense``, or
            ``expansion`` where there is no reconciliation.
    """

    place: str
    m: int
    D: int
    n: int
    expansion: str
    reconciliation: str
    interdependence: str
    remainder: str
    parameters: int
    rule: str


def summarize(network: RPN) -> list[HeadSummary]:
    """Describe every head of a network, in order.

    Example:
        >>> network = RPN({"dims": [784, 64], "layers": [{"heads": [{
        ...     "expansion": "taylor_expansion", "reconciliation": "dual_lphm_reconciliation"}]}]})
        >>> summarize(network)[0].rule
        'powers_kronecker'
    """
    found = []
    for i, layer in enumerate(network.layers):
        assert isinstance(layer, Layer)
        for j, head in enumerate(layer.heads):
            assert isinstance(head, Head)
            psi = head.reconciliation
            found.append(
                HeadSummary(
                    place=f"layers[{i}].heads[{j}]",
                    m=head.m,
                    D=head.expansion.D,
                    n=head.n,
                    expansion=head.expansion.key(),
                    reconciliation="none" if psi is None else psi.key(),
                    interdependence=", ".join(A.key() for A in head.interdependences),
                    remainder=head.remainder.key(),
                    parameters=sum(p.numel() for p in head.parameters() if p.requires_grad),
                    rule=_rule(head),
                )
            )
    return found


def _rule(head: Head) -> str:
    """The name of the way in which a head evaluates its product."""
    if head.reconciliation is None:
        return "expansion"
    if head.convolves:
        return "convolution"
    rule = chosen_rule(head.expansion, head.reconciliation)
    return "dense" if rule is None else rule.__name__


def summary(network: RPN) -> str:
    """The heads of a network as a text table, and the number of parameters.

    Example:
        >>> summary(RPN({"dims": [2, 1]})).splitlines()[-1]
        '2 trainable parameters'
    """
    heads = summarize(network)
    sizes = [f"{h.m} -> {h.D} -> {h.n}" for h in heads]
    counts = [f"{h.parameters:,}" for h in heads]
    rows = [
        (
            "head",
            "m -> D -> n",
            "parameters",
            "expansion",
            "reconciliation",
            "interdependence",
            "rule",
        )
    ]
    rows += [
        (h.place, size, count, h.expansion, h.reconciliation, h.interdependence, h.rule)
        for h, size, count in zip(heads, sizes, counts, strict=True)
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        cells[2] = row[2].rjust(widths[2])
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, f"{network.num_parameters:,} trainable parameters"])
