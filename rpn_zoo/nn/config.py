"""The config of a network: self-validating dataclasses that mirror the YAML."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice, check_positive_int, nearest
from rpn_zoo.functions.initialization import INITS
from rpn_zoo.functions.registry import get, split_spec

ConfigType = TypeVar("ConfigType")


LAYOUTS = ("positions_first", "channels_first")
SCOPES = ("position", "row")
BIAS_PLACES = ("output", "channels")
MAX_COUNT = 10_000
"""More channels, heads or layers are refused: each is a module of its own."""


@dataclass
class PositionsConfig:
    """A row seen as P positions that share all parameters (places of a grid, steps of a chain).

    The row (after the attribute interdependence) is cut into P equal parts, position by position.
    Expansion, product and bias work on each part; the instance interdependence mixes the positions
    of a row (never the rows), and may change their number to P'.

    Args:
        count: P; None: the number of patches of the attribute interdependence.
        layout: order of the output row, ``"positions_first"`` (P', n) or ``"channels_first"``
            (n, P'), which is that of grids.
        bias_scope: ``"position"``: one bias for each of the n channels; ``"row"``: one for each
            column of the row.
        output_scope: whether the output functions see the n channels of a position
            (``"position"``; a batch norm is then that of a convolution) or the whole ``"row"``.
        row_functions: ordinary functions that see the whole row after the output functions.
    """

    count: int | None = None
    layout: str = "positions_first"
    bias_scope: str = "position"
    output_scope: str = "position"
    row_functions: list[Spec] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check the values."""
        if self.count is not None:
            check_positive_int("count", self.count)
        check_choice("layout", self.layout, LAYOUTS)
        check_choice("bias_scope", self.bias_scope, SCOPES)
        check_choice("output_scope", self.output_scope, SCOPES)


@dataclass
class HeadConfig:
    """One head, from data to its output.

    y = output(fusion_c A_inst^T < kappa(x A_att), psi(w_c) > + b + pi(x)), x = input(data)

    Args:
        expansion: kappa (an expansion or a compression), a name or ``{name: ..., **options}``.
        reconciliation: psi; None: no product, the expanded data themselves (pooling).
        remainder: pi.
        attribute_interdependence: A_att, mixes the columns of x before the expansion.
        instance_interdependence: A_inst, mixes the rows of the expanded data (or of their product
            with W: the two commute), computed from x.
        positions: the row as positions that share their parameters; None: one position.
        channels: number of weight matrices on the same expansion.
        channel_fusion: how channels are combined (mean where there are several).
        bias: whether a bias (n) is added to the product.
        bias_place: ``"output"``: it is added to the fused product; ``"channels"``: to the product
            of every channel before the fusion.
        input_functions: ordinary functions applied to the data first, names or dicts.
        output_functions: ordinary functions applied to the result.
    """

    expansion: Spec = "identity_expansion"
    reconciliation: Spec | None = "identity_reconciliation"
    remainder: Spec = "zero_remainder"
    attribute_interdependence: Spec | None = None
    instance_interdependence: Spec | None = None
    positions: PositionsConfig | None = None
    channels: int = 1
    channel_fusion: Spec = "mean_fusion"
    bias: bool = False
    bias_place: str = "output"
    input_functions: list[Spec] = field(default_factory=list)
    output_functions: list[Spec] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check names and values before anything is built."""
        check_count("channels", self.channels)
        if not isinstance(self.bias, bool):
            raise ValueError(f"bias must be true or false, got {self.bias!r}.")
        check_choice("bias_place", self.bias_place, BIAS_PLACES)
        for slot, families in (
            ("expansion", ("expansion", "compression")),
            ("reconciliation", ("reconciliation",)),
            ("remainder", ("remainder",)),
            ("attribute_interdependence", ("interdependence",)),
            ("instance_interdependence", ("interdependence",)),
            ("channel_fusion", ("fusion",)),
        ):
            spec = getattr(self, slot)
            if spec is not None or slot in ("expansion", "remainder", "channel_fusion"):
                check_family(slot, spec, *families)
        if self.positions is not None:
            self.positions = from_dict(PositionsConfig, self.positions, "head's positions")
        if self.reconciliation is None and self.channels != 1:
            raise ValueError(
                f"channels must be 1 without a reconciliation, got {self.channels}: there are no "
                "weights that could differ."
            )
        if self.bias_place == "channels" and self.positions and self.positions.bias_scope == "row":
            raise ValueError(
                "bias_place must be output where positions.bias_scope is row, got channels."
            )


@dataclass
class LayerConfig:
    """One layer: the fusion of its heads.

    Args:
        heads: the heads' configs; all see the same input.
        fusion: how heads are combined.
    """

    heads: list[HeadConfig] = field(default_factory=lambda: [HeadConfig()])
    fusion: Spec = "mean_fusion"

    def __post_init__(self) -> None:
        """Turn nested dicts into configs and check names."""
        if not isinstance(self.heads, list) or not self.heads:
            raise ValueError(f"heads must be a list of at least one head, got {self.heads!r}.")
        check_count("the number of heads", len(self.heads))
        self.heads = [from_dict(HeadConfig, head, "head") for head in self.heads]
        check_family("fusion", self.fusion, "fusion")


@dataclass
class RPNConfig:
    """A network: layers d_0 -> d_1 -> ... -> d_K.

    Args:
        dims: the widths [d_0, ..., d_K].
        layers: K layer configs, or one that serves for all.
        init: ``"fan_aware"`` or ``"tinybig"``.
    """

    dims: list[int]
    layers: list[LayerConfig] = field(default_factory=lambda: [LayerConfig()])
    init: str = "fan_aware"

    def __post_init__(self) -> None:
        """Turn nested dicts into configs and check that the numbers fit."""
        if not isinstance(self.dims, (list, tuple)) or len(self.dims) < 2:
            raise ValueError(f"dims must list at least two widths, got {self.dims!r}.")
        check_count("the number of layers", len(self.dims) - 1)
        self.dims = [check_positive_int("dims", d) for d in self.dims]
        if not isinstance(self.layers, list):
            raise ValueError(f"layers must be a list, got {self.layers!r}.")
        self.layers = [from_dict(LayerConfig, layer, "layer") for layer in self.layers]
        depth = len(self.dims) - 1
        if len(self.layers) not in (1, depth):
            raise ValueError(
                f"layers must hold one config per layer ({depth} for dims = {self.dims}) or a "
                f"single one for all, got {len(self.layers)}."
            )
        check_choice("init", self.init, INITS)

    def to_dict(self) -> dict[str, Any]:
        """The config as nested plain dicts, without entries that have their default value."""
        return _plain(self)


def from_dict(cls: type[ConfigType], config: Any, what: str) -> ConfigType:
    """Make a config dataclass from a dict (or return it if it is one already).

    Raises:
        ValueError: for unknown or missing keys, with the nearest known ones.
    """
    if isinstance(config, cls):
        return config
    if not isinstance(config, dict):
        raise ValueError(f"the config of a {what} must be a dict, got {config!r}.")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in config:
        if key not in fields:
            raise ValueError(
                f"the config of a {what} has no key {key!r}.{nearest(str(key), fields)} "
                f"Allowed: {', '.join(fields)}."
            )
    for f in fields.values():
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        if required and f.name not in config:
            raise ValueError(f"the config of a {what} needs the key {f.name!r}.")
    return cls(**config)


def check_count(name: str, value: int) -> int:
    """Return ``value`` if it is a number of channels, heads or layers, 1..:data:`MAX_COUNT`.

    Raises:
        ValueError: if it is not.

    Example:
        >>> check_count("channels", 3)
        3
    """
    if check_positive_int(name, value) > MAX_COUNT:
        raise ValueError(f"{name} must be at most {MAX_COUNT:,}, got {value:,}.")
    return value


@contextmanager
def locate_errors(place: str) -> Iterator[None]:
    """Put the place in the config before the message of a ValueError raised within.

    Example:
        >>> with locate_errors("heads[0]"):
        ...     raise ValueError("p must divide n = 4")
        Traceback (most recent call last):
        ...
        ValueError: heads[0]: p must divide n = 4
    """
    try:
        yield
    except ValueError as error:
        separator = "." if str(error).startswith("heads[") else ": "
        raise type(error)(f"{place}{separator}{error}") from error


def check_family(slot: str, spec: Spec, *families: str) -> None:
    """Raise a ValueError unless ``spec`` names a registered component of one of ``families``."""
    name, _ = split_spec(spec)
    if get(name).family not in families:
        allowed = " or ".join(families)
        raise ValueError(f"{slot} must name a function of the family {allowed}, got {name!r}.")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {}
        for f in dataclasses.fields(value):
            default = (
                f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
            )
            if getattr(value, f.name) != default:
                given[f.name] = _plain(getattr(value, f.name))
        return given
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return value
