"""Where in a description the translation stands, and what was found wrong so far."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from rpn_zoo.functions.checks import check_choice

LISTED_NORMS = ("frozen", "plain", "trained")

Result = TypeVar("Result")


class TinybigError(ValueError):
    """A description that cannot be taken over; the message lists all that is wrong, by place."""


class Unusable(Exception):
    """A part that was reported already; whoever needs it gives up."""


@dataclass
class Context:
    """A place in the description, with the problems and warnings of the whole of it.

    Args:
        source: the file or the class that is translated, for messages.
        listed_norms: what becomes of the affine weights of normalisations that are given in a
            list, which tinybig neither trains nor saves: ``"frozen"``, ``"plain"`` (there are none,
            which is the same function and faster) or ``"trained"``.
        lines: line numbers in the file by place.
        place: keys and indices from the top, as in ``layer_configs[0].head_configs``.
    """

    source: str
    listed_norms: str = "frozen"
    lines: Mapping[str, int] = field(default_factory=dict)
    place: str = ""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Check the values."""
        check_choice("listed_norms", self.listed_norms, LISTED_NORMS)

    def at(self, *steps: str | int) -> Context:
        """The context of a part: keys and indices further down.

        Example:
            >>> Context("a file").at("layer_configs", 0, "depth").place
            'layer_configs[0].depth'
        """
        place = self.place
        for step in steps:
            if isinstance(step, int):
                place += f"[{step}]"
            else:
                place += f".{step}" if place else step
        return Context(
            self.source, self.listed_norms, self.lines, place, self.problems, self.warnings
        )

    def problem(self, message: str) -> None:
        """Note that something here cannot be taken over."""
        self.problems.append(f"{self._where()}{message}")

    def warn(self, message: str) -> None:
        """Note that something here is taken over in another way than it is written."""
        text = f"{self._where()}{message}"
        if text not in self.warnings:
            self.warnings.append(text)

    def attempt(self, function: Callable[[], Result]) -> Result | None:
        """The result of a part, or None if that is unusable; a ValueError becomes a problem."""
        try:
            return function()
        except Unusable:
            return None
        except ValueError as error:
            self.problem(str(error))
            return None

    def need(self, function: Callable[[], Result]) -> Result:
        """The result of a part without which the whole is unusable.

        Raises:
            Unusable: if the part is unusable; a ValueError becomes a problem first.
        """
        with self.complete():
            found = self.attempt(function)
        if found is None:
            raise Unusable
        return found

    @contextmanager
    def complete(self) -> Iterator[None]:
        """Give up at the end of the block if problems were noted within."""
        before = len(self.problems)
        yield
        if len(self.problems) > before:
            raise Unusable

    def finish(self, emit: bool = True) -> None:
        """Raise an error that lists all problems, if there are any; emit the warnings."""
        if self.problems:
            count = len(self.problems)
            heading = f"{self.source}: {count} problem{'s' if count > 1 else ''}"
            raise TinybigError("\n  ".join([f"{heading}:", *self.problems]))
        if emit:
            for message in self.warnings:
                warnings.warn(f"{self.source}: {message}", stacklevel=4)

    def _where(self) -> str:
        line = self.lines.get(self.place)
        parts = [] if line is None else [f"line {line}"]
        parts += [self.place] if self.place else []
        return f"{', '.join(parts)}: " if parts else ""
