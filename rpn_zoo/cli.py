"""The command ``rpn-zoo``: fit, validate, test, predict, and the zoo's own commands."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from argparse import ArgumentError
from collections.abc import Sequence
from difflib import get_close_matches

TRAINING_COMMANDS = ("fit", "validate", "test", "predict")
ZOO_COMMANDS = ("list", "info", "evaluate", "verify")
FUNCTIONS_COMMAND = "functions"
CROSS_VALIDATE_COMMAND = "cross-validate"
IMPORT_COMMANDS = ("import-tinybig",)
PARSER_NOISE = (
    "Does not validate against any", "Subtypes:", "Errors:", "- Expected a <class 'NoneType'>",
    "Given value", "Problem with given class_path", "- Problem with given class_path",
)  # fmt: skip
HELP = """\
usage: rpn-zoo COMMAND ...

Train and evaluate networks (each takes --config FILE.yaml; --help lists all options):
  fit        train, keep the best weights on validation data, evaluate, write a run folder
  validate   evaluate a checkpoint on the validation part
  test       evaluate a checkpoint on the test part
  predict    predict with a checkpoint
  cross-validate
             k folds x several seeds of a table, beside baselines on the same folds

The zoo of pretrained networks:
  list       list entries
  info       show the card of an entry
  evaluate   measure an entry on its test data
  verify     re-hash, re-count and re-measure an entry

The component functions (expansions, reconciliations and so on):
  functions  list them, or describe one: rpn-zoo functions bspline_expansion

From other software (--help lists the options):
  import-tinybig FILE.yaml [--weights FILE] -o NEW.yaml
             write a config for fit out of a configuration file of tinybig

Options: --debug shows the traceback of an error, --version the version.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status (0: success, 1: error, 2: wrong usage).

    Args:
        argv: the arguments after the program's name; None: those of the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from rpn_zoo.version import __version__

        sys.stdout.write(f"rpn-zoo {__version__}\n")
        return 0
    try:
        return _run(arguments, from_process=argv is None)
    except SystemExit as stop:
        if (message := getattr(stop, "message", None)) is not None:
            sys.stderr.write(f"rpn-zoo{_process()}: {message}\n")
        raise
    except KeyboardInterrupt:
        sys.stderr.write("rpn-zoo: interrupted\n")
        return 130
    except Exception as error:
        if "--debug" in arguments:
            raise
        message = _paragraph(error)
        usage = isinstance(error, ArgumentError)
        if usage:
            message += f". See rpn-zoo {arguments[0]} --help, --model.help CLASS or --data.help."
        message = textwrap.fill(message, 100, break_long_words=False, break_on_hyphens=False)
        sys.stderr.write(f"rpn-zoo{_process()}: error: {message}\n")
        return 2 if usage else 1


def _paragraph(error: BaseException) -> str:
    """What went wrong, without the parser's lists of types tried and of values given."""
    lines = [line.strip() for line in str(_cause(error)).splitlines()]
    text = " ".join(line.removeprefix("- ") for line in lines if not line.startswith(PARSER_NOISE))
    keys = r'(?:Parser key "[^"]*":\s*)+'  # nested: model, optimizer, lr
    text = re.sub(keys, lambda m: ".".join(re.findall('"([^"]*)"', m[0])) + ": ", text)
    text = re.sub(r"a typing\.Literal\[(.*?)\]", r"one of \1", text)
    text = re.sub(r"<class '([\w.]+)'>", r"\1", text)
    return " ".join(text.split()) or type(error).__name__


def _process() -> str:
    """Which of several processes this is; nothing for the first."""
    rank = next(
        (os.environ[k] for k in ("RANK", "LOCAL_RANK", "SLURM_PROCID") if k in os.environ), "0"
    )
    return "" if rank == "0" else f" (process {rank})"


def _cause(error: BaseException) -> BaseException:
    """The error behind the parser's report that no type fits, which names all types instead."""
    while str(error).startswith("Does not validate against any") and error.__cause__ is not None:
        error = error.__cause__
    return error


def _run(arguments: list[str], from_process: bool) -> int:
    command = arguments[0]
    if command in TRAINING_COMMANDS:
        from rpn_zoo.training import cli  # imported here: `rpn-zoo list` need not wait for it

        cli.run(None if from_process else arguments)
        return 0
    if command in ZOO_COMMANDS:
        from rpn_zoo.zoo import commands

        return commands.main(arguments)
    if command == FUNCTIONS_COMMAND:
        from rpn_zoo.functions.command import main as functions

        return functions([a for a in arguments[1:] if a != "--debug"])
    if command == CROSS_VALIDATE_COMMAND:
        from rpn_zoo.cross_validation import command as cross_validation

        return cross_validation.main(arguments)
    if command in IMPORT_COMMANDS:
        from rpn_zoo.interop.tinybig import command as tinybig

        return tinybig.main(arguments)
    known = [
        *TRAINING_COMMANDS, CROSS_VALIDATE_COMMAND, *ZOO_COMMANDS, FUNCTIONS_COMMAND,
        *IMPORT_COMMANDS,
    ]  # fmt: skip
    close = get_close_matches(command, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    sys.stderr.write(
        f"rpn-zoo: error: unknown command {command!r}.{hint} Commands: {', '.join(known)}.\n"
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
