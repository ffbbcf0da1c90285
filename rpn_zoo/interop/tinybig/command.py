"""The command ``rpn-zoo import-tinybig``."""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rpn_zoo.functions.initialization import INITS
from rpn_zoo.interop.tinybig.config_file import TinybigConfig, load_config
from rpn_zoo.interop.tinybig.context import TinybigError
from rpn_zoo.interop.tinybig.recipe import recipe
from rpn_zoo.interop.tinybig.state_dict import load_state_dict
from rpn_zoo.interop.tinybig.state_files import SUFFIXES, read_state_dict
from rpn_zoo.nn import RPN
from rpn_zoo.zoo.files import write_atomic
from rpn_zoo.zoo.weights import WEIGHTS_FILE, save_weights

COMMAND = "import-tinybig"


def main(argv: Sequence[str]) -> int:
    """Take over a configuration file of tinybig, and the weights of its network.

    Args:
        argv: the command and its arguments.

    Returns:
        The exit status: 0 if the new file trains as it is, 1 if something has to be added first.

    Raises:
        ValueError: for a bad file.
        OSError: if a file is missing or cannot be written.
    """
    args = _parser().parse_args(list(argv)[1:])
    output: Path = args.output
    weights_path = output.parent / WEIGHTS_FILE
    _check_places(args.file, output, [weights_path] if args.weights else [], args.force)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config, network = _network(args.file, args.weights, args.init)
    converted = recipe(config, output.stem, args.init)
    converted.notes += [str(warning.message) for warning in caught]
    converted.missing += _refusals(converted.content["model"]["init_args"]["network"])
    written = []
    if args.weights:
        digest = save_weights(weights_path, network, overwrite=args.force)
        converted.notes.append(f"{WEIGHTS_FILE} holds the weights of {args.weights.name}.")
        written.append(f"{weights_path}: the weights, SHA-256 {digest}")
    command = shlex.join(["rpn-zoo", "fit", "--config", str(output)])
    text = converted.text(f"Taken over from tinybig's {args.file.name}.", command)
    write_atomic(output, text.encode("utf-8"), overwrite=args.force)
    widths = "-".join(str(width) for width in network.dims)
    written.append(f"{output}: {widths}, {network.num_parameters:,} parameters")
    sys.stdout.write("\n".join(reversed(written)) + "\n")
    for note in converted.notes:
        sys.stderr.write(f"note: {note}\n")
    for item in converted.missing:
        sys.stderr.write(f"to do: {item}\n")
    sys.stdout.write("" if converted.missing else f"train it: {command}\n")
    return 1 if converted.missing else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"rpn-zoo {COMMAND}",
        description="Write a config of rpn_zoo for a configuration file of tinybig. The exit "
        "status is 1 if something has to be added before it can train.",
    )
    parser.add_argument("file", type=Path, help="configuration file of tinybig, YAML or JSON")
    parser.add_argument(
        "--weights",
        type=Path,
        help=f"state dict ({', '.join(SUFFIXES)}), of which tensors are read",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="the new YAML file")
    parser.add_argument(
        "--init", choices=INITS, default=INITS[0], help="initial values in training"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    return parser


def _check_places(source: Path, output: Path, others: list[Path], force: bool) -> None:
    """Refuse to replace anything before anything is written."""
    if output.suffix not in (".yaml", ".yml"):
        raise ValueError(f"{output}: the new file must end in .yaml.")
    if output.exists() and source.exists() and output.samefile(source):
        raise FileExistsError(f"{output}: is the file that is read; choose another name.")
    for path in (output, *others):
        if path.exists() and not force:
            raise FileExistsError(f"{path} exists already; it is only replaced with --force.")


def _refusals(network: dict[str, Any]) -> list[str]:
    """Why ``fit`` would refuse a network that tinybig allows, such as one of oversized patches."""
    try:
        RPN(network)
    except ValueError as error:
        return [f"fit refuses this network, change it where it says so: {error}"]
    return []


def _network(source: Path, weights: Path | None, init: str) -> tuple[TinybigConfig, RPN]:
    """The configuration and its network, with the weights if there are any.

    Normalisations in lists have no weights unless those of the file are other than 1 and 0.
    """
    config = load_config(source, listed_norms="plain")
    network = config.build(init)
    if weights is None:
        return config, network
    state = read_state_dict(weights)
    try:
        load_state_dict(network, state)
    except TinybigError:
        config = load_config(source, listed_norms="frozen")
        network = config.build(init)
        load_state_dict(network, state)
    return config, network
