"""An entry: recipe, weights, hash, and what is known of its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpn_zoo.functions.memory import current_budget, memory_budget
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.card import CARD_FILE, Card, load_card
from rpn_zoo.zoo.recipe import CONFIG_FILE, Recipe, load_recipe
from rpn_zoo.zoo.run_metrics import METRICS_FILE, load_metrics
from rpn_zoo.zoo.weights import WEIGHTS_FILE, WeightsError, load_weights

WORKSPACE = 1 << 28
FACTOR = 16
"""While a network is built it may hold 256 MiB and this many times the size of its weights: values
are drawn in double precision, and tables that follow from the options are not in the file."""


@dataclass(frozen=True)
class Entry:
    """A folder with trained weights: an entry of the zoo, or a finished run.

    Args:
        name: for messages and tables.
        folder: the folder.
        recipe: network and data.
        sha256: the hash of the weights, None where they do not ship.
        metric: name of the metric.
        preprocess: config of the transform from raw data to inputs, None if there is none.
        class_names: names of the classes in the order of the outputs.
        card: the card; a run has none.
        recipe_sha256: what the hash of the recipe must be, None where it was not recorded.
    """

    name: str
    folder: Path
    recipe: Recipe
    sha256: str | None
    metric: str
    preprocess: dict[str, Any] | None
    class_names: tuple[str, ...]
    card: Card | None = None
    recipe_sha256: str | None = None

    @property
    def weights(self) -> Path:
        """Where the weights are."""
        return self.folder / WEIGHTS_FILE

    def load(self) -> RPN:
        """The network with its verified weights, in evaluation mode.

        Raises:
            ValueError: if the weights do not ship, or weights or recipe are refused
                (``WeightsError``).
            FileNotFoundError: if the file of weights is missing.
        """
        if self.sha256 is None:
            command = self.card.command if self.card else ""
            raise ValueError(
                f"{self.name} ships without weights (too large); train it with `{command}`, or use "
                "create_model for the architecture."
            )
        if not self.weights.is_file():
            raise FileNotFoundError(f"{self.weights}: there is no such file of weights.")
        if self.recipe_sha256 is not None and self.recipe.sha256 != self.recipe_sha256:
            raise WeightsError(
                f"{self.recipe.path}: network and data of this recipe are not those of the card of "
                f"{self.name}: their SHA-256 must be {self.recipe_sha256}, got "
                f"{self.recipe.sha256}."
            )
        # A recipe that asks for far more than the file holds is refused while it is built.
        room = WORKSPACE + FACTOR * self.weights.stat().st_size
        with memory_budget(min(current_budget(), room)):
            network = self.recipe.build_network()
        load_weights(self.weights, network, self.sha256)
        return network.eval()


def card_entry(folder: Path, configs: Path | None = None) -> Entry:
    """The entry of a folder with a card.

    Args:
        folder: holds ``card.yaml``, ``model.safetensors`` if it ships, and ``config.yaml`` unless
            the recipe is in ``configs``.
        configs: folder of recipes.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is not what it must be.
    """
    card = load_card(folder / CARD_FILE)
    config = folder / CONFIG_FILE
    if not config.is_file() and configs is not None:
        config = configs / f"{card.config}.yaml"
    return Entry(
        name=card.name,
        folder=folder,
        recipe=load_recipe(config),
        sha256=card.weights.sha256 if card.weights else None,
        metric=card.metric,
        preprocess=card.preprocess,
        class_names=card.class_names,
        card=card,
        recipe_sha256=card.recipe_sha256,
    )


def run_entry(folder: Path) -> Entry:
    """The entry of a finished run: ``model.safetensors``, ``config.yaml`` and ``metrics.json``.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is not what it must be.
    """
    metrics = load_metrics(folder)
    return Entry(
        name=folder.name,
        folder=folder,
        recipe=load_recipe(folder / CONFIG_FILE),
        sha256=metrics.sha256,
        metric=metrics.metric,
        preprocess=metrics.data.preprocess,
        class_names=metrics.data.class_names,
    )


def folder_entry(folder: Path, configs: Path | None = None) -> Entry:
    """The entry of a folder with a card, or of a finished run.

    Raises:
        ValueError: if the folder is neither.
    """
    if (folder / CARD_FILE).is_file():
        return card_entry(folder, configs)
    if (folder / METRICS_FILE).is_file():
        return run_entry(folder)
    raise ValueError(
        f"{folder}: neither {CARD_FILE} (an entry of a zoo) nor {METRICS_FILE} (a finished run) is "
        "in this folder."
    )
