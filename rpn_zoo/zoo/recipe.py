"""The recipe of an entry: what of its config the zoo needs, namely network and data."""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpn_zoo.functions.checks import nearest
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.strict_yaml import load_yaml
from rpn_zoo.zoo.weights import canonical_network

if TYPE_CHECKING:
    from lightning.pytorch import LightningDataModule

CONFIG_FILE = "config.yaml"
DATA_PACKAGE = "rpn_zoo.data"
DOUBLE = ("64-true", "64")


@dataclass(frozen=True)
class Recipe:
    """Network and data of a config file.

    Args:
        path: the file it was read from.
        network: the config of the network.
        data_class: class path of the data module, None if the file names none.
        data_args: its arguments.
        double: whether it trains in float64 (``trainer.precision: 64-true``).
    """

    path: Path
    network: dict[str, Any]
    data_class: str | None
    data_args: dict[str, Any]
    double: bool = False

    def build_network(self, seed: int = 0) -> RPN:
        """The network with fresh weights, in the precision that the recipe trains in.

        Raises:
            ValueError: naming the file, if the config is not one of a network, or its parameters
                would exceed the memory budget (nothing of that size is allocated).
        """
        try:
            network = RPN(self.network, seed=seed)
        except ValueError as error:
            raise ValueError(f"{self.path}: {error}") from error
        except OSError:  # a file that the config names, such as a graph
            raise
        except Exception as error:  # a value of a type that no component expects
            kind = type(error).__name__
            raise ValueError(
                f"{self.path}: not the config of a network: {kind}: {error}"
            ) from error
        return network.double() if self.double else network

    @property
    def sha256(self) -> str:
        """The hash of what the recipe means: network, data module and its arguments.

        Comments, the order of keys and defaults that are written out do not count, nor does what
        only training needs (optimiser, trainer, logging).

        Raises:
            ValueError: naming the file, if the config is not one of a network.
        """
        try:
            network = canonical_network(self.network)
            meaning = {"network": network, "data": self.data_class, "arguments": self.data_args}
            text = json.dumps(meaning, sort_keys=True)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.path}: not the config of a network: {error}") from error
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def build_data(self, **overrides: Any) -> LightningDataModule:
        """The data module; only data modules of ``rpn_zoo.data`` are ever made.

        Args:
            **overrides: arguments that replace those of the file. Those that are None, or that the
                data module does not have, are left out.

        Raises:
            ValueError: if the file names no data module, another class, or wrong arguments.
        """
        from lightning.pytorch import LightningDataModule  # here, since it takes long to import

        import rpn_zoo.data

        allowed = {
            f"{DATA_PACKAGE}.{name}": cls
            for name in rpn_zoo.data.__all__
            if inspect.isclass(cls := getattr(rpn_zoo.data, name))
            and issubclass(cls, LightningDataModule)
        }
        if self.data_class not in allowed:
            raise ValueError(
                f"{self.path}: data.class_path must be one of {', '.join(allowed)}, got "
                f"{self.data_class!r}.{nearest(str(self.data_class), allowed)}"
            )
        cls = allowed[self.data_class]
        known = inspect.signature(cls.__init__).parameters
        given = {k: v for k, v in overrides.items() if v is not None and k in known}
        try:
            return cls(**{**self.data_args, **given})
        except TypeError as error:
            raise ValueError(f"{self.path}: data.init_args do not fit: {error}.") from error


def load_recipe(path: str | Path) -> Recipe:
    """Read network and data of a config file in the form of LightningCLI.

    Args:
        path: a file with the keys ``model`` and ``data``, each ``{class_path, init_args}``; the
            network is ``model.init_args.network``. Of the other keys only ``trainer.precision`` is
            looked at, and no class that the file names is imported.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming file and key, if it is not of that form.
    """
    path = Path(path)
    content = load_yaml(path)
    model = _section(content, "model", path)
    network = model.get("init_args", model)
    network = network.get("network") if isinstance(network, dict) else None
    if not isinstance(network, dict):
        raise ValueError(
            f"{path}: model.init_args.network must be the config of a network, got "
            f"{repr(network)[:100]}."
        )
    data = _section(content, "data", path) if "data" in content else {}
    arguments = data.get("init_args") or {}
    if not isinstance(arguments, dict):
        raise ValueError(f"{path}: data.init_args must be a mapping, got {arguments!r}.")
    class_path = data.get("class_path")
    trainer = content.get("trainer") or {}
    double = isinstance(trainer, dict) and str(trainer.get("precision")) in DOUBLE
    name = None if class_path is None else str(class_path)
    return Recipe(path, network, name, arguments, double)


def _section(content: Any, key: str, path: Path) -> dict[str, Any]:
    section = content.get(key) if isinstance(content, dict) else None
    if not isinstance(section, dict):
        raise ValueError(f"{path}: the key {key} must be a mapping, got {repr(section)[:100]}.")
    return section
