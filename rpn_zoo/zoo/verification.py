"""Verify an entry: hash, counts, config, and its metric on real data."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rpn_zoo.zoo.card import Card
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.entry import Entry
from rpn_zoo.zoo.evaluation import evaluate_entry
from rpn_zoo.zoo.figures import allowed_difference, format_value
from rpn_zoo.zoo.files import file_sha256

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One thing that was checked, and what was found; ``ok`` is None where it could not be."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class VerifyReport:
    """All checks of an entry."""

    entry: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(check.ok is not False for check in self.checks)


def verify(
    name: str | Path,
    root: str | None = None,
    download: bool = True,
    batch_size: int = 1000,
    zoo: Zoo | None = None,
) -> VerifyReport:
    """Check that an entry is what its card says.

    The weights are hashed, the parameters counted, the network of the recipe is compared with the
    card and with the config that was saved with the weights, and the metric is measured again. The
    metric is measured on the complete data if they are found or downloaded. Otherwise the data
    that ship with the project are used and compared with the card's figure for them; this checks
    the installation, not the published figure, and the report says so.

    Args:
        name: as for ``load_model``; a run has no card, so it cannot be verified.
        root: folder to look for the data in first.
        download: whether the data may be downloaded.
        batch_size: rows evaluated at a time.
        zoo: where entries are looked up; None: the zoo that ships.

    Returns:
        The checks; a check that fails does not raise.

    Raises:
        ValueError: if the name is unknown, or the card or recipe cannot be read.
    """
    entry = (zoo or Zoo.default()).entry(name)
    card = entry.card
    if card is None:
        raise ValueError(f"{name}: a run has no card to verify it against; use evaluate.")
    checks = [_check("parameters", lambda: _parameters(entry, card))]
    if card.weights is None:
        checks.append(Check("weights", None, "not shipped: neither weights nor metric can be"
                            " checked"))  # fmt: skip
        return VerifyReport(entry.name, tuple(checks))
    checks.append(_check("recipe", lambda: _recipe(entry)))
    checks.append(_check("weights", lambda: _weights(entry, card)))
    checks.append(_check("loading", lambda: _loading(entry)))
    if all(check.ok is not False for check in checks):
        checks.append(_check(card.metric, lambda: _metric(entry, card, root, download, batch_size)))
    return VerifyReport(entry.name, tuple(checks))


def _check(name: str, run: Callable[[], tuple[bool | None, str]]) -> Check:
    """Run one check; bad files and values are failures of the check, not of the program."""
    try:
        return Check(name, *run())
    except (ValueError, OSError) as error:
        logger.debug("check %s failed", name, exc_info=True)
        return Check(name, False, " ".join(str(error).split()))


def _parameters(entry: Entry, card: Card) -> tuple[bool, str]:
    counted = entry.recipe.build_network().num_parameters
    return counted == card.parameters, f"{counted:,} counted, {card.parameters:,} on the card"


def _recipe(entry: Entry) -> tuple[bool | None, str]:
    found = entry.recipe.sha256
    if entry.recipe_sha256 is None:
        return None, f"SHA-256 {found} of network and data; the card has none"
    expected = "" if found == entry.recipe_sha256 else f"; the card says {entry.recipe_sha256}"
    return not expected, f"SHA-256 {found} of network and data{expected}"


def _weights(entry: Entry, card: Card) -> tuple[bool, str]:
    assert card.weights is not None
    size, sha256 = entry.weights.stat().st_size, file_sha256(entry.weights)
    ok = (size, sha256) == (card.weights.size, card.weights.sha256)
    expected = "" if ok else f"; the card says {card.weights.size:,} bytes, {card.weights.sha256}"
    return ok, f"{size:,} bytes, SHA-256 {sha256}{expected}"


def _loading(entry: Entry) -> tuple[bool, str]:
    entry.load()
    return True, "names, shapes, dtypes and values fit the network of the recipe"


def _metric(
    entry: Entry, card: Card, root: str | None, download: bool, batch_size: int
) -> tuple[bool, str]:
    source = "subset" if entry.recipe.data_args.get("source") == "subset" else "auto"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the subset is used: the report says so
        found = evaluate_entry(entry, root, source, batch_size, download)
    if found["split"] == card.split:
        return _compare(found, card.metric, card.shipped_test, card.tolerance, "")
    if card.subset is not None and found["split"] == card.subset.split:
        note = (
            ". The complete data were not found, so this was measured on the data that ship with "
            f"the project and checks the installation only. {card.subset.note}"
        )
        return _compare(found, card.metric, card.subset.value, card.tolerance, note)
    return False, f"the card's split is {card.split!r}, but the data found are {found['split']!r}"


def _compare(
    found: dict[str, Any], metric: str, expected: float, tolerance: float, note: str
) -> tuple[bool, str]:
    allowed = allowed_difference(tolerance, found["samples"], metric, expected)
    difference = abs(found[metric] - expected)
    value = partial(format_value, metric=metric)
    detail = (
        f"{value(found[metric])} measured on {found['samples']:,} samples ({found['split']}), "
        f"{value(expected)} on the card, {value(allowed)} allowed to differ{note}"
    )
    # What was rounded to six digits is not the same.
    return difference <= allowed * (1 + 1e-6) + 1e-5 * abs(expected), detail
