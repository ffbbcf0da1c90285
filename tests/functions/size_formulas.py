"""The size formulas of components, evaluated for an instance.

A formula reads as in a paper: ``l = p q + r (s + t), s = n / p, t = D / q``. Neighbours are
multiplied, ``^`` is a power, ``sum(m^p, p = 1..d)`` a sum. Parts between commas are the formula,
its alternatives (``or m len(base) with base``), definitions (``s = n / p``) and remarks.
"""

from __future__ import annotations

import inspect
import math
import re
from typing import Any

from rpn_zoo.functions.registry import signature

TOKEN = re.compile(r"\s*(\d+|\w+|[-+*/^()\[\],])")
WORDS = re.compile(r"\b(of|that|something)\b|\.\.\.")


def values(formula: str, component: Any) -> list[float]:
    """What the formula and its alternatives yield; none where they are in words.

    Raises:
        NameError: if a formula names what the component does not have.
    """
    main, *rest = split(formula.split(" = ", 1)[1] if " = " in formula else "")
    definitions = dict(part.split(" = ", 1) for part in rest if re.match(r"\w+ = ", part))
    alternatives = [main, *(part[3:] for part in rest if part.startswith("or "))]
    found = []
    for text in alternatives:
        code = translate(re.sub(r" (with|without)\b.*| with_\w+.*", "", text))
        if code is not None:
            found.append(evaluate(code, component, definitions))
    return found


def split(text: str) -> list[str]:
    """The parts between the commas that are not in parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def translate(text: str) -> Any:
    """Python code for a formula, or None if it is in words."""
    if WORDS.search(text):
        return None
    total = re.fullmatch(r"sum\((.*), (\w+) = (\w+)\.\.(\w+)\)", text)
    if total:
        inner, name, first, last = total.groups()
        python = f"sum(({multiplied(inner)}) for {name} in range({first}, {last} + 1))"
    else:
        python = multiplied(text)
    return compile(python, "<size formula>", "eval")


def multiplied(text: str) -> str:
    """The formula with its products and powers written as in Python."""
    python, end, operand = "", 0, False
    while end < len(text):
        token = TOKEN.match(text, end)
        assert token is not None, text
        spaced, word = token[0] != token[1], token[1]
        if operand and (word[0].isalnum() or (word == "(" and spaced)):
            python += " * "
        python += " ** " if word == "^" else word
        operand, end = word[-1].isalnum() or word in (")", "]"), token.end()
    return python


def evaluate(code: Any, component: Any, definitions: dict[str, str]) -> float:
    """The value of a formula for a component."""
    namespace: dict[str, Any] = {"sum": sum, "len": len, "range": range, "C": math.comb}
    names = {name for c in (code, *code.co_consts) if inspect.iscode(c) for name in c.co_names}
    for name in names - namespace.keys():
        if name in definitions:
            namespace[name] = evaluate(translate(definitions[name]), component, {})
        else:
            namespace[name] = look_up(name, component)
    return float(eval(code, namespace))


def look_up(name: str, component: Any) -> Any:
    """The value that a name in a formula has for a component."""
    patches = getattr(component, "patches", None)
    if patches is not None and name in ("S", "P", "channel_num"):
        return {"S": patches.volume, "P": patches.count, "channel_num": patches.grid.channel_num}[
            name
        ]
    inner = getattr(component, "reconciliation", None)
    for owner in (component, inner):
        if isinstance(getattr(owner, name, None), (int, float, list, tuple)):
            return getattr(owner, name)
    if inner is not None and name == "d":  # bilinear: W is (d, d)
        return inner.D
    if name in signature(type(component)):  # an option that is no attribute
        value = component._options.get(name, signature(type(component))[name].default)
        return () if value is None else value
    raise NameError(f"{component.key()}: the size formula names {name}, which is not known")


def actual(name: str, component: Any) -> float:
    """The size itself: an attribute, and for l of components without it a count."""
    if name == "l" and not hasattr(component, "l"):
        return sum(p.numel() for p in component.parameters())
    return getattr(component, name)
