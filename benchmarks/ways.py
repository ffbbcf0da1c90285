"""The ways a head can contract: by the rule table, densely, or by a rule at every size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from rpn_zoo.functions import contraction


@contextmanager
def dense_contraction() -> Iterator[None]:
    """Every head builds kappa(x) and W and multiplies, as long as this is entered."""
    with mock.patch.object(contraction, "_rules", []):
        yield


@contextmanager
def rules_at_every_size() -> Iterator[None]:
    """Rules apply where their condition chooses the dense way, too.

    Only for pairs for which the rule is defined: every condition is lifted, not those on size only.
    """
    given = contraction.rules()
    lifted = [dataclasses.replace(entry, condition=contraction.always) for entry in given]
    with mock.patch.object(contraction, "_rules", lifted):
        yield
