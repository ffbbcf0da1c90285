"""The common part of interdependences with a fabricated matrix of parameters."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import nn

from rpn_zoo.functions.checks import check_divides
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.registry import create


class ReconciledInterdependence(Interdependence):
    """An interdependence that owns the reconciliation by which its matrix W is fabricated.

    So every layout, initialisation and factored product serves here too. Parameters and frozen
    arrays have the prefix ``reconciliation.``.
    """

    reconciliation_key: ClassVar[str]
    reconciliation: Reconciliation

    def _own(
        self,
        rows: tuple[str, int],
        columns: tuple[str, int],
        generator: torch.Generator | None,
        init: str,
        options: dict[str, Any],
    ) -> None:
        """Make the reconciliation of W.

        Args:
            rows: name and number of the rows of W.
            columns: name and number of the columns of W.
            generator: source of all values; None: a new one with seed 0.
            init: ``"fan_aware"`` or ``"tinybig"``.
            options: the reconciliation's options; p and q are checked here, where their sizes have
                the names that the user knows.
        """
        if "p" in options:
            check_divides("p", options["p"], *rows)
            if options["q"] is None:
                options = {**options, "q": options["p"]}
            check_divides("q", options["q"], *columns)
        self.reconciliation = create(
            {"name": self.reconciliation_key, **options},
            n=rows[1],
            D=columns[1],
            generator=generator,
            init=init,
        )
        self.l = self.reconciliation.l

    @property
    def w(self) -> nn.Parameter:
        """The parameters, (1, l)."""
        return self.reconciliation.w

    def parts(self) -> list[nn.Parameter]:
        """The parameter w (1, l)."""
        return [self.w]

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0)."""
        self.reconciliation.reset_parameters(generator, init)
