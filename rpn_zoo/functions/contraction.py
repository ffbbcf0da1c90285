"""The contraction < kappa(x), psi(w) >: a table of rules looked up by the pair of types.

A rule evaluates the product for one kind of expansion and one kind of reconciliation by their
structure, without the (b, D) array kappa(x) or the (n, D) array W. The most specific rule whose
condition holds wins (as in ``torch.distributions.kl``); the fallback is :func:`contract_dense`,
which is also the oracle that every rule is tested against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from rpn_zoo.functions.folded_norm import FoldedNorm
from rpn_zoo.functions.memory import check_table
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.transformation import Expanded, Transformation

Rule: TypeAlias = "Callable[[Transformation, Reconciliation, Tensor], Tensor]"
Condition: TypeAlias = "Callable[[Transformation, Reconciliation], bool]"


@dataclass(frozen=True)
class Entry:
    """A rule of the table, with the types and the condition under which it applies."""

    expansion: type[Transformation]
    reconciliation: type[Reconciliation]
    rule: Rule
    condition: Condition

    def matches(self, expansion: Transformation, reconciliation: Reconciliation) -> bool:
        """Whether the rule applies to this pair."""
        return (
            isinstance(expansion, self.expansion)
            and isinstance(reconciliation, self.reconciliation)
            and self.condition(expansion, reconciliation)
        )

    def distance(
        self, expansion: Transformation, reconciliation: Reconciliation
    ) -> tuple[int, int]:
        """How far the rule's types are up the class trees of the pair: smaller is more specific."""
        return (
            type(expansion).__mro__.index(self.expansion),
            type(reconciliation).__mro__.index(self.reconciliation),
        )


ALWAYS_SMALL = 1_000_000
"""Matrices with no more numbers are built without a look at the memory budget."""

_rules: list[Entry] = []


def always(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """The condition of a rule that is never slower than the dense way."""
    return True


def register_rule(
    expansion: type[Transformation], reconciliation: type[Reconciliation], when: Condition = always
) -> Callable[[Rule], Rule]:
    """Decorator: add a rule ``rule(expansion, reconciliation, x) -> (b, channels, n)``.

    The rule gets pre-processed x (b, m) and contracts the bare expansion; normalisation over D is
    added by :func:`contract`.

    Args:
        expansion: the expansion's class; subclasses are covered.
        reconciliation: the reconciliation's class; subclasses are covered.
        when: tells for a concrete pair whether the rule is defined and faster than the dense way.

    Raises:
        ValueError: if the pair of types has a rule already.
    """

    def decorate(rule: Rule) -> Rule:
        for entry in _rules:
            if (entry.expansion, entry.reconciliation) == (expansion, reconciliation):
                raise ValueError(
                    f"({expansion.__name__}, {reconciliation.__name__}) has a rule already."
                )
        _rules.append(Entry(expansion, reconciliation, rule, when))
        return rule

    return decorate


def rules() -> tuple[Entry, ...]:
    """All registered rules."""
    return tuple(_rules)


def find_rule(expansion: Transformation, reconciliation: Reconciliation) -> Rule | None:
    """The most specific rule for a pair, or None where the dense way is the way.

    By the types and sizes alone; :func:`chosen_rule` looks into an expansion.

    Raises:
        RuntimeError: if two rules are equally specific (neither closer in both types).
    """
    found = [e for e in _rules if e.matches(expansion, reconciliation)]
    if not found:
        return None
    distances = {e: e.distance(expansion, reconciliation) for e in found}
    best = min(found, key=lambda e: sum(distances[e]))
    for entry in found:
        if any(d < b for d, b in zip(distances[entry], distances[best], strict=True)):
            raise RuntimeError(
                f"ambiguous rules for ({type(expansion).__name__}, "
                f"{type(reconciliation).__name__}): {best.rule.__name__}, {entry.rule.__name__}."
            )
    return best.rule


def contract(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    r"""Evaluate :math:`\langle \kappa(x), \psi(w) \rangle` by the fastest rule that applies.

    A post-processing of the expansion by LayerNorm over D without affine weights is folded into
    the product, :math:`\langle LN(k), w \rangle = (\langle k, w \rangle - \bar k \sum w) /
    \sqrt{var(k) + eps}`, where the expansion knows its moments in closed form. With any other
    post-processing kappa(x) is built, and the rules see data that are expanded already.

    Args:
        expansion: kappa, (b, m) -> (b, D); a compression serves as well.
        reconciliation: psi, with ``channels`` matrices (n, D).
        x: data of shape (b, m).

    Returns:
        (b, channels, n).

    Raises:
        ValueError: if the widths do not fit.

    Example:
        >>> from rpn_zoo import functions
        >>> kappa = functions.create("taylor_expansion", m=4)
        >>> psi = functions.create("lorr_reconciliation", n=3, D=kappa.D)
        >>> contract(kappa, psi, torch.rand(5, 4)).shape
        torch.Size([5, 1, 3])
    """
    if expansion.D != reconciliation.D:
        raise ValueError(
            f"the expansion has width D = {expansion.D}, the reconciliation was made for "
            f"D = {reconciliation.D}."
        )
    plan = resolve(expansion)
    rule = find_rule(plan.core, reconciliation)
    if rule is None:
        return contract_dense(expansion, reconciliation, x)
    x = plan.data(expansion, x)
    z = rule(plan.core, reconciliation, x)
    if plan.norm is None:
        return z
    return FoldedNorm.apply(z, *plan.core.moments(x), reconciliation.row_sums(), plan.norm.eps)


@dataclass(frozen=True)
class Plan:
    """What the rules see of an expansion.

    Attributes:
        core: the core of its core ..., or the identity on expanded data.
        norm: the LayerNorm over D that is folded into the product.
    """

    core: Transformation
    norm: nn.LayerNorm | None

    def data(self, expansion: Transformation, x: Tensor) -> Tensor:
        """The core's pre-processed data, from the expansion's data x (b, m)."""
        if isinstance(self.core, Expanded):
            return expansion(x)
        x = expansion.prepare(x)
        while (core := expansion.core) is not expansion:
            x, expansion = core.prepare(expansion.core_input(x)), core
        return x


def resolve(expansion: Transformation) -> Plan:
    """Find the core, and what is done with the post-processing: folded, or applied before."""
    chain = [expansion]
    while (core := chain[-1].core) is not chain[-1]:
        chain.append(core)
    processed = [step.processed for step in chain if step.processed is not None]
    core = chain[-1]
    if not processed:
        return Plan(core, None)
    after = [function for step in reversed(chain) for function in step.postprocess]
    norm = after[0]
    if (
        len(after) == 1
        and core.closed_form_moments
        and isinstance(norm, nn.LayerNorm)
        and not norm.elementwise_affine
        and norm.normalized_shape == (core.D,)
    ):
        return Plan(core, norm)
    return Plan(processed[0], None)


def chosen_rule(expansion: Transformation, reconciliation: Reconciliation) -> Rule | None:
    """The rule by which :func:`contract` evaluates this pair, or None for the dense way.

    That of :func:`find_rule` for the expansion's core (see :func:`resolve`).
    """
    return find_rule(resolve(expansion).core, reconciliation)


def contract_dense(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The definition, and the oracle of all rules: build kappa(x) (b, D) and W (n, D), multiply.

    Args and result are those of :func:`contract`. Costs b n D products, b D + n D numbers.
    """
    kappa = expansion(x)  # first: where it does not fit the memory, it says so
    check_matrix_budget(reconciliation, kappa)
    z = nn.functional.linear(kappa, reconciliation.weight().flatten(0, 1))
    return z.unflatten(-1, (reconciliation.channels, reconciliation.n))


def check_matrix_budget(reconciliation: Reconciliation, x: Tensor) -> None:
    """Raise an error if all of W (channels, n, D) would exceed the memory budget.

    Raises:
        MemoryBudgetError: naming the sizes.
    """
    if torch.compiler.is_compiling() or x.device.type == "meta":
        return
    n, D = reconciliation.n, reconciliation.D
    numbers = reconciliation.channels * n * D
    if numbers > ALWAYS_SMALL:
        what = f"the matrix W of {reconciliation.key()} (n = {n:,}, D = {D:,})"
        check_table(what, numbers, x.element_size())


def contract_channelwise(
    expansion: Transformation, reconciliation: Reconciliation, xs: Tensor
) -> Tensor:
    """The contraction where every channel has data of its own: one batched product.

    Args:
        expansion: kappa, (b, m) -> (b, D).
        reconciliation: psi, with ``channels`` matrices (n, D).
        xs: data of shape (channels, b, m).

    Returns:
        (b, channels, n). Costs b channels n D products; kappa(x) and W are built.
    """
    kappa = expansion(xs.flatten(0, 1)).unflatten(0, xs.shape[:2])
    return torch.bmm(kappa, reconciliation.weight().mT).transpose(0, 1)


__all__ = [
    "Entry",
    "Plan",
    "always",
    "chosen_rule",
    "contract",
    "contract_channelwise",
    "contract_dense",
    "find_rule",
    "register_rule",
    "resolve",
    "rules",
]
