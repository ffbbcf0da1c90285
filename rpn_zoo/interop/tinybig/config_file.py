"""tinybig's configuration files: network, data, learner, metric, seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpn_zoo.interop.tinybig.binding import call
from rpn_zoo.interop.tinybig.build import assemble
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.data_config import DataConfig, data_config
from rpn_zoo.interop.tinybig.learner import Learner, learner
from rpn_zoo.interop.tinybig.models import MODELS
from rpn_zoo.interop.tinybig.nested import class_and_parameters
from rpn_zoo.interop.tinybig.plans import NetworkPlan
from rpn_zoo.interop.tinybig.yaml_text import MAX_BYTES, parse
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.files import read_bounded

TOP = "configurations"
METRICS = ("accuracy", "f1", "mae", "mape", "mcc", "mse")
OUTPUTS = ("rpn_output",)
SECTIONS = (
    "device", "random_seed", "data_configs", "learner_configs", "model_configs", "metric_configs",
    "output_configs",
)  # fmt: skip


@dataclass(frozen=True)
class TinybigConfig:
    """What a configuration file says.

    Args:
        source: the file.
        plan: the network.
        data: the data set and its options, if there are any.
        learner: epochs, optimiser, schedule and loss, if they are given.
        metric: name of the metric, if it is given.
        seed: the random seed, if it is given.
        device: the device, if it is given.
        warnings: what is taken over in another way than it is written.
    """

    source: str
    plan: NetworkPlan
    data: DataConfig | None
    learner: Learner | None
    metric: str | None
    seed: int | None
    device: str | None
    warnings: tuple[str, ...]

    @property
    def network(self) -> dict[str, Any]:
        """The network as :class:`rpn_zoo.nn.RPNConfig` takes it."""
        return self.plan.config

    def build(self, init: str = "fan_aware", seed: int | None = None) -> RPN:
        """Make the network.

        Args:
            init: ``"fan_aware"`` or ``"tinybig"``.
            seed: seed of the initial values; None: the file's, or 0.
        """
        given = self.seed or 0 if seed is None else seed
        network = assemble(self.plan, init, given)
        assert isinstance(network, RPN)
        return network


def load_config(source: str | Path, *, listed_norms: str = "frozen") -> TinybigConfig:
    """Read a configuration file of tinybig, YAML or JSON.

    Class paths are understood by their last word; nothing is imported or executed.

    Args:
        source: the path of a file, or the text itself (which has several lines or begins with
            ``{``).
        listed_norms: see :func:`rpn_zoo.interop.tinybig.build`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no acceptable YAML or JSON.
        TinybigError: (a ValueError) listing every unknown class, unknown key and wrong value with
            its place in the file.

    Example:
        >>> text = '''
        ... configurations:
        ...   random_seed: 1
        ...   model_configs:
        ...     model_class: tinybig.model.kan
        ...     model_parameters: {dims: [2, 5, 1]}
        ... '''
        >>> config = load_config(text)
        >>> config.network["dims"], config.seed, config.build().num_parameters
        ([2, 5, 1], 1, 135)
    """
    text, name = _read(source)
    content, lines = parse(text, name)
    context = Context(name, listed_norms, lines)
    found = _sections(context, content)
    at, top = found
    plan = at.attempt(lambda: _model(at, top))
    with_data = at.attempt(lambda: _optional(at, top, "data_configs", data_config))
    with_learner = at.attempt(lambda: _optional(at, top, "learner_configs", learner))
    metric = _named(at, top, "metric", METRICS)
    _named(at, top, "output", OUTPUTS)
    seed, device = top.get("random_seed"), top.get("device")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        at.at("random_seed").problem(f"must be a whole number >= 0, got {seed!r}.")
    if device is not None and not isinstance(device, str):
        at.at("device").problem(f"must be text, got {device!r}.")
    context.finish(emit=False)
    assert plan is not None
    return TinybigConfig(
        name, plan, with_data, with_learner, metric, seed, device, tuple(context.warnings)
    )


def _read(source: str | Path) -> tuple[str, str]:
    """The text of a source and its name."""
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        return source, "the configuration"
    content = read_bounded(source, MAX_BYTES)
    try:
        return content.decode("utf-8-sig"), str(source)
    except UnicodeDecodeError as error:
        raise ValueError(f"{source}: not UTF-8 text: {error}.") from error


def _sections(context: Context, content: Any) -> tuple[Context, Mapping[str, Any]]:
    """The sections of a file and their place, with or without the key ``configurations``."""
    if not isinstance(content, Mapping):
        raise ValueError(f"{context.source}: must hold the key {TOP}, got {content!r}.")
    if TOP in content:
        for key in content:
            if key != TOP:
                context.at(str(key)).problem(f"unknown key beside {TOP}.")
        content, context = content[TOP], context.at(TOP)
        if not isinstance(content, Mapping):
            context.problem(f"must be a mapping, got {content!r}.")
            context.finish()
    for key in content:
        if key not in SECTIONS:
            context.at(str(key)).problem(f"unknown key. Known: {', '.join(SECTIONS)}.")
    return context, content


def _model(context: Context, content: Mapping[str, Any]) -> NetworkPlan:
    if content.get("model_configs") is None:
        raise ValueError("the key model_configs is missing.")
    context = context.at("model_configs")

    def plan() -> NetworkPlan:
        key, given, place = class_and_parameters(context, content["model_configs"], "model", MODELS)
        made: NetworkPlan = place.need(lambda: call(place, MODELS[key], given))
        return made

    return context.need(plan)


def _optional(context: Context, content: Mapping[str, Any], section: str, read: Any) -> Any:
    """A section that may be missing."""
    if content.get(section) is None:
        return None
    here = context.at(section)
    return here.need(lambda: read(here, content[section]))


def _named(
    context: Context, content: Mapping[str, Any], stem: str, known: tuple[str, ...]
) -> str | None:
    """The class of a section whose parameters say nothing that is used here."""
    section = f"{stem}_configs"
    if content.get(section) is None:
        return None
    here = context.at(section)
    found = here.attempt(lambda: class_and_parameters(here, content[section], stem, known))
    return None if found is None else found[0]
