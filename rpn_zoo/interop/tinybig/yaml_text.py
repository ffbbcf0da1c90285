"""Text of a configuration file: YAML with anchors or JSON, of bounded size, nothing executed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from rpn_zoo.zoo.strict_yaml import StrictLoader

MAX_BYTES = 256 * 1024
MAX_NODES = 100_000
"""Entries of a file with all its aliases followed: a small file must not grow to a huge one."""


class AliasLoader(yaml.SafeLoader):
    """A safe loader that follows aliases; dates stay text and ``1e-3`` is a number."""


AliasLoader.yaml_implicit_resolvers = StrictLoader.yaml_implicit_resolvers


def parse(text: str, source: str) -> tuple[Any, dict[str, int]]:
    r"""Parse a configuration.

    Args:
        text: YAML (aliases are followed) or, if it begins with ``{``, JSON.
        source: where it comes from, for messages.

    Returns:
        Nested dicts, lists and plain values; and the line of every entry by its place, such as
        ``layer_configs[0].depth`` (none for JSON).

    Raises:
        ValueError: if it is neither, too large, has a key twice, or other than plain values.

    Example:
        >>> content, lines = parse("a: &a {lr: 1e-3}\nb: [*a]", "example")
        >>> content, lines["b[0].lr"]
        ({'a': {'lr': 0.001}, 'b': [{'lr': 0.001}]}, 1)
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(f"{source}: larger than the {MAX_BYTES:,} bytes allowed for it.")
    try:
        if text.lstrip().startswith("{"):
            return _parse_json(text, source), {}
        return _parse_yaml(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ValueError(f"{source}: not acceptable: {reason}.") from error


def _parse_json(text: str, source: str) -> Any:
    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"the key {twice!r} is given twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        try:
            return _parse_yaml(text)[0]  # YAML in braces
        except yaml.YAMLError:
            raise error from None


def _parse_yaml(text: str) -> tuple[Any, dict[str, int]]:
    loader = AliasLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        _count(node, {}, set())
        lines = dict(_lines(node, ""))
        return loader.construct_document(node), lines
    finally:
        loader.dispose()


def _count(node: yaml.Node, sizes: dict[int, int], open_nodes: set[int]) -> int:
    """The number of entries below a node with aliases followed; checks keys on the way.

    Each node is visited once, however often an alias names it.
    """
    if id(node) in sizes:
        return sizes[id(node)]
    if id(node) in open_nodes:
        raise yaml.composer.ComposerError(None, None, "an alias within its own anchor", _mark(node))
    open_nodes.add(id(node))
    size = 1
    if isinstance(node, yaml.MappingNode):
        _check_keys(node)
        size += sum(1 + _count(value, sizes, open_nodes) for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        size += sum(_count(value, sizes, open_nodes) for value in node.value)
    if size > MAX_NODES:
        raise yaml.composer.ComposerError(
            None, None, f"more than {MAX_NODES:,} entries once all aliases are followed", None
        )
    open_nodes.remove(id(node))
    sizes[id(node)] = size
    return size


def _check_keys(node: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "keys must be plain text", _mark(key)
            )
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is given twice", _mark(key)
            )
        seen.add(key.value)


def _lines(node: yaml.Node, place: str) -> Iterator[tuple[str, int]]:
    """The line of every entry by its place, aliases followed."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = f"{place}.{key.value}" if place else str(key.value)
            alias = value.start_mark.line < key.start_mark.line
            yield below, (value if alias else key).start_mark.line + 1
            yield from _lines(value, below)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            below = f"{place}[{index}]"
            yield below, value.start_mark.line + 1
            yield from _lines(value, below)


def _mark(node: yaml.Node) -> Any:
    return node.start_mark
