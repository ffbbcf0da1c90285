"""YAML, strictly: safe types only, bounded size, no aliases, no duplicate keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from rpn_zoo.zoo.files import read_bounded

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
TYPES = ("null", "bool", "int", "float", "str", "seq", "map")


class StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses aliases, merges, duplicate keys and deep nesting.

    Aliases are what makes a small file expand to a huge one. Only :data:`TYPES` are made; dates
    stay text, and ``1e-3`` is a number as in YAML 1.2.
    """

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse aliases before they are followed, and what is nested too deeply."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not allowed", self.get_mark()
            )
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(
                None, None, f"nested more than {MAX_DEPTH} deep", self.get_mark()
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that is given twice."""
        seen = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "keys must be plain text", key_node.start_mark
                )
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, "merges (<<) are not allowed", key_node.start_mark
                )
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value!r} is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


class PlainDumper(yaml.SafeDumper):
    """A safe dumper that writes every value out, never as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """No aliases."""
        return True


StrictLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
StrictLoader.yaml_constructors = {
    tag: made
    for tag, made in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] in TYPES
}
_EXPONENT = re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$")
for _dumper_or_loader in (StrictLoader, PlainDumper):
    _dumper_or_loader.add_implicit_resolver(
        "tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789")
    )


def parse_yaml(text: str, source: str) -> Any:
    """Parse YAML text.

    Args:
        text: the text.
        source: where it comes from, for messages.

    Returns:
        Nested dicts, lists, strings, numbers, booleans and None.

    Raises:
        ValueError: if it is not YAML, has an alias, a merge, a key twice, another than a safe type,
            or is nested more than :data:`MAX_DEPTH` deep.

    Example:
        >>> parse_yaml("{name: a, lr: 1e-3, date: 2026-01-02}", "example")
        {'name': 'a', 'lr': 0.001, 'date': '2026-01-02'}
    """
    try:
        return yaml.load(text, Loader=StrictLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{source}: not acceptable YAML: {reason[:500]}.") from error


def load_yaml(path: str | Path, limit: int = MAX_BYTES) -> Any:
    """Parse a YAML file of at most ``limit`` bytes.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: as :func:`parse_yaml`, or if the file is too large or not UTF-8.
    """
    content = read_bounded(path, limit)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text: {error}.") from error
    return parse_yaml(text, str(path))


def dump_yaml(data: Any) -> str:
    r"""Write nested plain data as YAML, keys in their order.

    Example:
        >>> dump_yaml({"b": [1, 2], "a": "1e-3"})
        "b:\n- 1\n- 2\na: '1e-3'\n"
    """
    return str(yaml.dump(data, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=100))
