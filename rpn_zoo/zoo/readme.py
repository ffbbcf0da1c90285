"""The README of an entry, generated from its card."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rpn_zoo.zoo.card import Card, FoldProtocol
from rpn_zoo.zoo.figures import format_figure, format_spread, format_value


def render_readme(card: Card) -> str:
    """The card as a page of Markdown.

    Args:
        card: the card.

    Returns:
        The text, always the same for the same card.
    """
    value = partial(format_value, metric=card.metric)
    parts = [
        f"# {card.name}",
        f"{card.title}",
        "Generated from `card.yaml`; do not edit.",
        _table(("", ""), _facts(card)),
        "## Seeds",
        *(_seeds(card) if card.cross_validation is None else _folds(card, card.cross_validation)),
    ]
    if card.baselines:
        rows = [
            (b.name, format_figure(b.value, b.std, card.metric),
             "" if b.parameters is None else f"{b.parameters:,}", b.note)
            for b in card.baselines
        ]  # fmt: skip
        parts += ["## Baselines on the same splits"]
        parts += [_table(("model", f"test {card.metric}", "parameters", "note"), rows)]
    if card.subset is not None:
        parts += ["## Check of an installation"]
        parts += [f"{card.metric} {value(card.subset.value)} on {card.subset.split}. "
                  f"{card.subset.note}"]  # fmt: skip
    if card.notes:
        parts += ["## Notes", card.notes.strip()]
    parts += [
        "## Use",
        f'```python\nimport rpn_zoo\n\nmodel = rpn_zoo.load_model("{card.name}")\n```'
        if card.weights
        else f'```python\nimport rpn_zoo\n\nmodel = rpn_zoo.create_model("{card.config}")\n```',
    ]
    return "\n\n".join(parts) + "\n"


def _seeds(card: Card) -> list[str]:
    value = partial(format_value, metric=card.metric)
    return [
        "The epoch of each seed was chosen on the validation part; the test figure is that of this "
        "epoch's weights, taken after the training. "
        f"Seed {card.shipped_seed} is the best on validation and ships.",
        _table(
            ("seed", f"validation {card.metric}", f"test {card.metric}", "best epoch", "seconds"),
            [
                (str(r.seed), "" if r.validation is None else value(r.validation),
                 value(r.test), str(r.best_epoch), f"{r.seconds:.0f}")
                for r in card.seeds
            ],
        ),
    ]  # fmt: skip


def _folds(card: Card, found: FoldProtocol) -> list[str]:
    return [
        f"Each seed is a cross-validation of its own: {found.data}, {found.folds} folds stratified "
        "by class; the figure is the mean over the folds' test parts. The standard deviation over "
        f"all folds is {found.std_folds:.4f}. The figures of single folds, baselines included, are "
        "in `seed-*.csv`.",
        _table(
            ("seed", f"mean {card.metric} over {found.folds} folds", "seconds"),
            [(str(r.seed), f"{r.test:.4f}", f"{r.seconds:.1f}") for r in card.seeds],
        ),
        f"The weights that ship are those of one fit, to the training part of *{card.split}* "
        f"(training/validation/test rows), a fold that was fixed beforehand: {card.metric} "
        f"{found.shipped_test:.4f} on its test part.",
    ]


def format_card(card: Card) -> str:
    """The test metric of all seeds, by the card's statistic, with its spread."""
    return format_spread([seed.test for seed in card.seeds], card.statistic, card.metric)


def _facts(card: Card) -> list[tuple[str, str]]:
    published = "none" if card.source.figure is None else f"{card.source.figure:g}"
    note = f" ({card.source.note})" if card.source.note else ""
    weights = "not shipped (too large)"
    if card.weights is not None:
        weights = f"`{card.weights.sha256}`, {card.weights.size:,} bytes"
        if card.weights.rounded:
            weights += f", rounded to {card.weights.rounded}"
    seeds = f"{card.protocol} seed{'s' if len(card.seeds) > 1 else ''}"
    if card.cross_validation is not None:
        seeds = f"{len(card.seeds)} seeds of {card.cross_validation.folds} folds"
    note_on_split = "" if card.comparable else "; not comparable with published figures"
    return [
        ("task", card.task),
        (f"test {card.metric}", f"{format_card(card)} over {seeds}"),
        (f"test {card.metric} of the shipped weights",
         format_value(card.shipped_test, card.metric)),
        ("published", f"{published}, {card.source.paper}{note}"),
        ("parameters", f"{card.parameters:,}"),
        ("FLOPs per sample", f"{card.flops:,}"),
        ("data", card.split + note_on_split),
        ("weights (SHA-256)", weights),
        ("recipe", f"`configs/{card.config}.yaml`"),
        ("command", f"`{card.command}`"),
        ("wall time", f"{card.seconds:.0f} s for all seeds on {card.hardware}"),
        ("versions", ", ".join(f"{k} {v}" for k, v in card.versions.items())),
        ("date", card.date),
    ]  # fmt: skip


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(escape_cell(cell) for cell in line) + " |" for line in lines)


def escape_cell(text: str) -> str:
    r"""Text that can stand in a cell of a Markdown table.

    Example:
        >>> escape_cell("a|b\nc")
        'a\\|b c'
    """
    return " ".join(text.replace("|", "\\|").split())
