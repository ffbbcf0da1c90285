"""Record on each card the hash of its recipe: ``python -m rpn_zoo.zoo.recipe_hashes``.

To be run after a recipe was changed on purpose, in a way that its weights still fit. Recipes and
cards are compared whenever an entry is loaded.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence

from rpn_zoo.zoo.card import CARD_FILE, save_card
from rpn_zoo.zoo.entries import Zoo


def record_recipe(zoo: Zoo, name: str) -> bool:
    """Write the hash of its recipe onto the card of an entry.

    The weights must fit the recipe: they are loaded with it first.

    Args:
        zoo: the zoo.
        name: name of the config.

    Returns:
        Whether the card was changed.

    Raises:
        ValueError: if the entry is unknown, or its weights do not fit the recipe.
    """
    entry = zoo.entry(name)
    card, found = zoo.card(name), entry.recipe.sha256
    if card.recipe_sha256 == found:
        return False
    if card.weights is not None:
        dataclasses.replace(entry, recipe_sha256=found).load()
    changed = dataclasses.replace(card, recipe_sha256=found)
    save_card(zoo.checkpoints / name / CARD_FILE, changed, overwrite=True)
    return True


def main(argv: Sequence[str] | None = None, zoo: Zoo | None = None) -> int:
    """The command line; returns the exit status, 1 if a card could not be written."""
    parser = argparse.ArgumentParser("python -m rpn_zoo.zoo.recipe_hashes", description=__doc__)
    parser.add_argument("names", nargs="*", help="names of configs; none: all entries")
    args = parser.parse_args(argv)
    zoo = zoo or Zoo.default()
    status = 0
    for name in args.names or zoo.names():
        try:
            if record_recipe(zoo, name):
                sys.stdout.write(f"{name}: written\n")
        except (ValueError, OSError) as error:
            sys.stderr.write(f"recipe_hashes: error: {' '.join(str(error).split())}\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
