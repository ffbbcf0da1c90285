"""``--config NAME``: the shipped recipes by name, beside paths of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jsonargparse import ActionConfigFile

from rpn_zoo.assets import asset_path


class ShippedConfigFile(ActionConfigFile):
    """A config option that takes a path or the name of a recipe that ships with the package."""

    def __call__(
        self, parser: Any, cfg: Any, values: Any, option_string: str | None = None
    ) -> None:
        """Apply the config; a file of that name in the working directory goes first."""
        super().__call__(parser, cfg, shipped_config(values), option_string)  # type: ignore[no-untyped-call]


def shipped_config(value: str) -> str:
    """The path of the shipped recipe of this name, or ``value`` as it is if there is none.

    Example:
        >>> Path(shipped_config("mnist-dual-lphm")).name
        'mnist-dual-lphm.yaml'
        >>> Path(shipped_config("feynman-i.9.18")).name
        'feynman-i.9.18.yaml'
        >>> shipped_config("my.yaml")
        'my.yaml'
    """
    name = Path(value)
    # A name may have dots of its own.
    if name.suffix not in (".yaml", ".yml", ".json") and name.name == value and not name.exists():
        path = asset_path("configs") / f"{value}.yaml"
        if path.is_file():
            return str(path)
    return value
