"""What a card holds that no run can know: title, source, baselines, notes."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_zoo.zoo.card import DEFAULT_TOLERANCE, Baseline, Source
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.schema import from_plain
from rpn_zoo.zoo.strict_yaml import load_yaml

FACTS_FOLDER = "cards"


@dataclass(frozen=True)
class CardFacts:
    """The hand-written part of a card, ``configs/cards/<config>.yaml``.

    Args:
        title: one line of description.
        source: the published result.
        task: e.g. ``image-classification``; None: the task of the runs.
        tag: tag of the entry's name; change it when the weights change.
        tolerance: by how much a re-measured test metric may differ.
        baselines: other models on the same splits.
        notes: anything else.
        metric: the metric of the card; None: that of the runs.
        statistic: by which the seeds' figures are summed up.
    """

    title: str
    source: Source
    task: str | None = None
    tag: str = "v1"
    tolerance: float = DEFAULT_TOLERANCE
    baselines: tuple[Baseline, ...] = ()
    notes: str = ""
    metric: str | None = None
    statistic: str = "mean"


def load_facts(zoo: Zoo, config: str) -> CardFacts:
    """The hand-written facts of a config, from its file or else from the card that exists.

    Raises:
        FileNotFoundError: if there is neither.
        ValueError: if the file is not what it must be.
    """
    path = zoo.configs / FACTS_FOLDER / f"{config}.yaml"
    if path.is_file():
        return from_plain(CardFacts, load_yaml(path), str(path))
    if config not in zoo.names():
        raise FileNotFoundError(
            f"{path}: there is no such file; it must give at least title and source of the entry."
        )
    card = zoo.card(config)
    return CardFacts(
        title=card.title,
        source=card.source,
        task=card.task,
        tag=card.name.rpartition(".")[2],
        tolerance=card.tolerance,
        baselines=card.baselines,
        notes=card.notes,
        metric=card.metric,
        statistic=card.statistic,
    )


def facts_names(zoo: Zoo) -> list[str]:
    """The configs that are meant to be entries: those with facts and those with a card."""
    files = (zoo.configs / FACTS_FOLDER).glob("*.yaml")
    return sorted({path.stem for path in files} | set(zoo.names()))
