"""The general head: every slot given as an object or as a config."""

from __future__ import annotations

from typing import Any

from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.interop.tinybig.allocation import check_count
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.fabrications import fabrication
from rpn_zoo.interop.tinybig.fusions import Fused, fusion
from rpn_zoo.interop.tinybig.interdependences import interdependence
from rpn_zoo.interop.tinybig.plans import INIT_METHODS, HeadPlan
from rpn_zoo.interop.tinybig.processing import functions
from rpn_zoo.interop.tinybig.remainders import remainder
from rpn_zoo.interop.tinybig.transformations import Transformed, transformation


def rpn_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    batch_num: int | None = None,
    l: int | None = None,  # noqa: E741 - tinybig's name
    l_attribute_interdependence: int | None = None,
    l_instance_interdependence: int | None = None,
    l_channel_fusion: int | None = None,
    input_process_functions: Any = None,
    input_process_function_configs: Any = None,
    data_transformation: Any = None,
    data_transformation_configs: Any = None,
    attribute_interdependence: Any = None,
    attribute_interdependence_configs: Any = None,
    instance_interdependence: Any = None,
    instance_interdependence_configs: Any = None,
    parameter_fabrication: Any = None,
    parameter_fabrication_configs: Any = None,
    channel_fusion: Any = None,
    channel_fusion_configs: Any = None,
    remainder: Any = None,
    remainder_configs: Any = None,
    output_process_functions: Any = None,
    output_process_function_configs: Any = None,
    parameters_init_method: str | None = None,
    create_parameters_at_init: bool = True,
) -> HeadPlan:
    """``tinybig.module.rpn_head``: an object in a slot wins over its config.

    The slots take what the names say; a missing transformation is the identity, a missing remainder
    adds nothing, a missing fabrication leaves the transformed data as they are.
    """
    check_positive_int("m", m)
    check_positive_int("n", n)
    check_count("channel_num", channel_num)
    given = locals()
    slots = _Slots(context, given)
    with context.complete():
        attribute = slots.attempt(
            "attribute_interdependence", interdependence, "attribute", m, None
        )
        instance = slots.attempt(
            "instance_interdependence", interdependence, "instance", m, batch_num
        )
        broken = attribute is None and slots.value("attribute_interdependence") is not None
        width = None if broken else m if attribute is None else attribute.made.m_prime
        kappa = slots.attempt("data_transformation", transformation, width)
        if kappa is None:
            kappa = Transformed("identity_expansion", width)
        psi = slots.attempt("parameter_fabrication", fabrication, n, kappa.D)
        fused = slots.attempt("channel_fusion", fusion, [n] * channel_num)
        if fused is None:
            fused = Fused("mean_fusion", n)
        pi = slots.attempt("remainder", _remainder, m, fused.n)
        inputs = slots.functions("input_process", m)
        outputs = slots.functions("output_process", fused.n)
    config: dict[str, Any] = {
        "expansion": kappa.spec,
        "reconciliation": None if psi is None else psi.spec,
        "remainder": "zero_remainder" if pi is None else pi,
        "attribute_interdependence": None if attribute is None else attribute.spec,
        "instance_interdependence": None if instance is None else instance.spec,
        "channels": channel_num,
        "channel_fusion": "mean_fusion" if fused.is_mean else fused.spec,
        "bias": psi is not None and psi.bias,
        "input_functions": inputs,
        "output_functions": outputs,
    }
    if psi is None:
        trained = [A for A in (attribute, instance) if A is not None and A.made.l]
        if kappa.D is not None and n != kappa.D:
            raise ValueError(
                f"without parameter fabrication n must be D = {kappa.D}, the width of the "
                f"transformed data, got {n}."
            )
        if channel_num > 1 and (trained or not fused.is_mean):
            raise ValueError("several channels need a parameter fabrication.")
        config["channels"] = 1
    if config["bias"] and not fused.is_mean:
        config["bias_place"] = "channels"
    lengths = {k: v for k, v in given.items() if (k == "l" or k.startswith("l_")) and v is not None}
    method = parameters_init_method
    return HeadPlan(
        m,
        fused.n,
        without_defaults(config),
        "xavier_uniform" if method is None else init_method(method),
        lengths,
    )


class _Slots:
    """The slots of a head among its arguments, each an object or a config."""

    def __init__(self, context: Context, arguments: dict[str, Any]) -> None:
        self.context = context
        self.arguments = arguments

    def value(self, slot: str) -> Any:
        """What is given for a slot; the object wins."""
        value = self.arguments[slot]
        return self.arguments[f"{slot}_configs"] if value is None else value

    def attempt(self, slot: str, translate: Any, *sizes: Any) -> Any:
        """The translated slot, or None if it is empty or unusable."""
        value = self.value(slot)
        if value is None:
            return None
        place = slot if self.arguments[slot] is not None else f"{slot}_configs"
        if place == slot and self.arguments[f"{slot}_configs"] is not None:
            self.context.warn(f"{slot} is given, so that {slot}_configs is not used.")
        here = self.context.at(place)
        return here.attempt(lambda: translate(here, value, *sizes))

    def functions(self, slot: str, width: int) -> list[Any]:
        """The ordinary functions of a slot."""
        given = self.arguments[f"{slot}_functions"]
        configs = self.arguments[f"{slot}_function_configs"]
        found = self.context.attempt(lambda: functions(self.context, slot, given, configs, width))
        return found or []


_remainder = remainder
"""The translator; in the head the name is that of a slot."""

DEFAULTS: dict[str, Any] = {
    "expansion": "identity_expansion",
    "reconciliation": "identity_reconciliation",
    "remainder": "zero_remainder",
    "attribute_interdependence": None,
    "instance_interdependence": None,
    "channels": 1,
    "channel_fusion": "mean_fusion",
    "bias": False,
    "input_functions": [],
    "output_functions": [],
}


def without_defaults(config: dict[str, Any]) -> dict[str, Any]:
    """A head's config without the entries that say what is meant anyway.

    Example:
        >>> without_defaults({"bias": True, "channels": 1})
        {'bias': True}
    """
    return {k: v for k, v in config.items() if k not in DEFAULTS or DEFAULTS[k] != v}


def init_method(name: str) -> str:
    """Check the name of an initialisation.

    Raises:
        ValueError: for an unknown one (with which tinybig would initialise nothing).
    """
    return check_choice("parameters_init_method", name, INIT_METHODS)
