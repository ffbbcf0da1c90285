"""The command ``rpn-zoo``: fit, validate, test, predict, and the zoo's own commands."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches

TRAINING_COMMANDS = ("fit", "validate", "test", "predict")
ZOO_COMMANDS = ("list", "info", "evaluate", "verify")
HELP = """\
usage: rpn-zoo COMMAND ...

Train and evaluate networks (each takes --config FILE.yaml; --help lists all options):
  fit        train, keep the best weights on validation data, evaluate, write a run folder
  validate   evaluate a checkpoint on the validation part
  test       evaluate a checkpoint on the test part
  predict    predict with a checkpoint

The zoo of pretrained networks:
  list       list entries
  info       show the card of an entry
  evaluate   measure an entry on its test data
  verify     re-hash, re-count and re-measure an entry

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
    except KeyboardInterrupt:
        sys.stderr.write("rpn-zoo: interrupted\n")
        return 130
    except Exception as error:
        if "--debug" in arguments:
            raise
        message = " ".join(str(_cause(error)).split()) or type(error).__name__
        sys.stderr.write(
            f"rpn-zoo: error: {textwrap.fill(message, 100, break_long_words=False, break_on_hyphens=False)}\n"
        )
        return 1


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
    known = [*TRAINING_COMMANDS, *ZOO_COMMANDS]
    close = get_close_matches(command, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    sys.stderr.write(
        f"rpn-zoo: error: unknown command {command!r}.{hint} Commands: {', '.join(known)}.\n"
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
