"""What a component is, in words: for the command line, for notebooks, and as data."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any

from docstring_parser import parse as parse_docstring

from rpn_zoo.functions.component import CAPABILITIES
from rpn_zoo.functions.registry import get, signature

WIDTH = 100
INDENT = 13
PROPERTIES: dict[str, tuple[str, str]] = {
    "differentiable": ("differentiable", "NOT differentiable"),
    "row_independent": ("row-independent", "NOT row-independent: rows depend on each other"),
    "stateful": ("has frozen arrays", ""),
    "fitted": ("fitted to data", ""),
    "random": ("random", ""),
    "exportable": ("exportable", "NOT exportable"),
}
"""How each of :data:`CAPABILITIES` reads if it holds and if it does not."""


@dataclass(frozen=True)
class Argument:
    """One constructor argument of a component."""

    name: str
    default: Any
    required: bool
    meaning: str


@dataclass(frozen=True)
class Description:
    """What :func:`describe` says of a component; ``str()`` gives it as readable text.

    Attributes:
        name: the registry key.
        family: the family's name.
        summary: what it is, in a line.
        formula: the definition.
        size: the width D, the number of parameters l, or the output width n, as a formula.
        arguments: those of the constructor, in order.
        domain: the inputs for which it is meant.
        capabilities: :data:`CAPABILITIES` and whether they hold.
        depends: for those capabilities that options decide, on what.
        source: where the definition comes from.
        aliases: further names.
    """

    name: str
    family: str
    summary: str
    formula: str
    size: str
    arguments: tuple[Argument, ...]
    domain: str
    capabilities: dict[str, bool]
    depends: dict[str, str]
    source: str
    aliases: tuple[str, ...] = ()

    def properties(self) -> list[str]:
        """The capabilities in words, those that options decide together with what decides."""
        groups: dict[str, list[str]] = {}
        for key, value in self.capabilities.items():
            holds, fails = PROPERTIES[key]
            text = holds if value else fails
            groups.setdefault(self.depends.get(key, ""), []).extend([text] if text else [])
        known = groups.pop("", [])
        return known + [f"{', '.join(texts)} ({on})" for on, texts in groups.items() if texts]

    def __str__(self) -> str:
        """Several lines of text for a terminal."""
        lines = [f"{self.name} ({self.family})", *_wrapped("  ", self.summary, 2)]
        entries = {
            "formula": self.formula,
            "size": self.size,
            "domain": self.domain,
            "properties": "; ".join(self.properties()),
            "source": self.source,
            "also": ", ".join(self.aliases),
        }
        for name, text in entries.items():
            lines += _wrapped(f"  {name:<{INDENT - 2}}", text, INDENT) if text else []
        lines += ["  arguments"]
        for a in self.arguments:
            given = "required" if a.required else f"default {a.default!r}"
            lines += _wrapped(f"    {a.name} ({given}): ", a.meaning.rstrip("."), 8)
        return "\n".join(lines)


def describe(name: str) -> Description:
    """Say what a component is: family, formula, sizes, arguments, capabilities and source.

    Args:
        name: a registry key or an alias.

    Raises:
        ValueError: if the name is unknown; the message gives the nearest names.

    Example:
        >>> description = describe("bspline_expansion")
        >>> description.size
        'D = m (t + d)'
        >>> describe("harr_wavelet_expansion").properties()
        ['NOT differentiable', 'row-independent', 'exportable']
    """
    cls = get(name)
    doc = parse_docstring(inspect.getdoc(cls) or "")
    meanings = {p.arg_name: plain(p.description or "") for p in doc.params}
    arguments = tuple(
        Argument(
            name=p.name,
            default=None if p.default is inspect.Parameter.empty else p.default,
            required=p.default is inspect.Parameter.empty,
            meaning=meanings.get(p.name, ""),
        )
        for p in signature(cls).values()
    )
    return Description(
        name=cls.key(),
        family=cls.family,
        summary=plain(doc.short_description or ""),
        formula=cls.formula,
        size=cls.size_formula,
        arguments=arguments,
        domain=cls.domain,
        capabilities={key: bool(getattr(cls, key)) for key in CAPABILITIES},
        depends=dict(cls.depends),
        source=cls.source,
        aliases=tuple(vars(cls).get("aliases", ())),
    )


def plain(text: str) -> str:
    r"""Text of a docstring without markup, in one line.

    Example:
        >>> plain("grows like :math:`|x|^d`, see\n:class:`TaylorExpansion` and ``t``")
        'grows like |x|^d, see TaylorExpansion and t'
    """
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+|\|)", r"\1", text).replace("\\,", " ")
    return " ".join(text.replace("``", "").replace("`", "").split())


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
