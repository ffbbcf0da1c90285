"""The zoo: entries by name, listing, making and loading them."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path

from rpn_zoo.assets import asset_path
from rpn_zoo.functions.checks import nearest
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.card import CARD_FILE, Card, load_card
from rpn_zoo.zoo.entry import Entry, card_entry, folder_entry
from rpn_zoo.zoo.hub import PREFIX, download_entry
from rpn_zoo.zoo.recipe import Recipe, load_recipe

MAX_NAME = 1000


@dataclass(frozen=True)
class Zoo:
    """A folder of entries and a folder of recipes; nothing is read before it is asked for.

    Args:
        checkpoints: ``<config>/card.yaml`` and ``<config>/model.safetensors``.
        configs: ``<config>.yaml``.
    """

    checkpoints: Path
    configs: Path

    @classmethod
    def default(cls) -> Zoo:
        """The zoo that ships with the package."""
        return cls(asset_path("checkpoints"), asset_path("configs"))

    def names(self) -> list[str]:
        """The config names of all entries, sorted."""
        return sorted(path.parent.name for path in self.checkpoints.glob(f"*/{CARD_FILE}"))

    def config_names(self) -> list[str]:
        """The names of all recipes, sorted, with or without an entry."""
        return sorted(path.stem for path in self.configs.glob("*.yaml"))

    def card(self, config: str) -> Card:
        """The card of the entry of a config.

        Raises:
            ValueError: if there is no such entry, or its card is not what it must be.
        """
        if config not in self.names():
            raise self._unknown(config)
        path = self.checkpoints / config / CARD_FILE
        card = load_card(path)
        if card.config != config:
            raise ValueError(
                f"{path}: config must be the name of its folder, {config}, got {card.config!r}."
            )
        return card

    def list_models(
        self, pattern: str = "*", task: str | None = None, max_params: int | None = None
    ) -> list[str]:
        """See :func:`list_models`."""
        found = []
        for name in self.names():
            card = self.card(name)
            if not (fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(card.name, pattern)):
                continue
            if task is not None and task != card.task and task not in card.task.split("-"):
                continue
            if max_params is not None and card.parameters > max_params:
                continue
            found.append(name)
        return found

    def entry(self, name: str | Path) -> Entry:
        """The entry of a name: config, ``config.tag``, a folder, or ``hf-hub:owner/name@commit``.

        Raises:
            ValueError: if the name is unknown; the message gives the nearest names.
        """
        text = str(name)
        if len(text) > MAX_NAME:
            raise ValueError(f"a name may have {MAX_NAME:,} characters, got {len(text):,}.")
        if text.startswith(PREFIX):
            return folder_entry(download_entry(text), self.configs)
        names = self.names()
        config = text if text in names else text.rpartition(".")[0]
        if isinstance(name, str) and config in names:
            card = self.card(config)
            if text in (config, card.name):
                return card_entry(self.checkpoints / config, self.configs)
            raise ValueError(f"unknown entry {text!r}: the zoo has {card.name}.")
        if text and Path(name).is_dir():
            return folder_entry(Path(name), self.configs)
        if isinstance(name, Path) or os.sep in text or "/" in text:
            raise ValueError(f"{text}: there is no such folder, and it is no name of an entry.")
        raise self._unknown(text)

    def recipe(self, name: str | Path) -> Recipe:
        """The recipe of an entry, or of a config without an entry yet.

        Raises:
            ValueError: if the name is unknown; the message gives the nearest names.
        """
        if str(name) in self.config_names() and str(name) not in self.names():
            return load_recipe(self.configs / f"{name}.yaml")
        return self.entry(name).recipe

    def _unknown(self, name: str) -> ValueError:
        names = self.names()
        known = [*names, *(self.card(config).name for config in names)]
        trained = ", ".join(names) or "none"
        return ValueError(
            f"unknown entry {name!r}.{nearest(name, known)} The zoo has: {trained}; a folder with "
            f"{CARD_FILE} or a finished run, and {PREFIX}owner/name@commit, are loaded as well."
        )


def list_models(
    pattern: str = "*", task: str | None = None, max_params: int | None = None
) -> list[str]:
    """The config names of the zoo's entries, sorted.

    Args:
        pattern: a wildcard pattern for the name, with or without its tag.
        task: the whole task (``"image-classification"``) or one of its words (``"image"``).
        max_params: largest number of parameters.

    Raises:
        ValueError: if a card is not what it must be.

    Example:
        >>> list_models("no-such-*")
        []
    """
    return Zoo.default().list_models(pattern, task, max_params)


def model_card(name: str | Path) -> Card:
    """The card of an entry.

    Args:
        name: as for :func:`load_model`.

    Raises:
        ValueError: if the name is unknown, or is a run, which has no card.
    """
    card = Zoo.default().entry(name).card
    if card is None:
        raise ValueError(f"{name}: a run has no card; its figures are in its metrics.json.")
    return card


def create_model(name: str | Path, seed: int = 0) -> RPN:
    """The network of an entry with fresh weights, in training mode.

    Args:
        name: as for :func:`load_model`, or the name of a config without an entry.
        seed: seed of the initial values.

    Raises:
        ValueError: if the name is unknown; the message gives the nearest names.
    """
    return Zoo.default().recipe(name).build_network(seed)


def load_model(name: str | Path) -> RPN:
    """The trained network of an entry in evaluation mode; offline, except for the hub.

    Args:
        name: a config (``"mnist-dual-lphm"``), an entry (``"mnist-dual-lphm.v1"``), a folder with a
            card or of a finished run, or ``"hf-hub:owner/name@commit"``.

    Returns:
        The network; the full hash, names, shapes, dtypes and values of its weights were checked.

    Raises:
        ValueError: if the name is unknown (with the nearest names), the entry ships without
            weights, or they are refused (``WeightsError``).
        FileNotFoundError: if a file of the entry is missing.
    """
    return Zoo.default().entry(name).load()
