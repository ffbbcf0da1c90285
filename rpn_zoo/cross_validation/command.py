"""The command ``rpn-zoo cross-validate``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from lightning.pytorch.cli import LightningArgumentParser
from rich.console import Console
from rich.progress import Progress

from rpn_zoo.cross_validation.baselines import BASELINES
from rpn_zoo.cross_validation.recipe import FoldRecipe, add_recipe_arguments
from rpn_zoo.cross_validation.report import make_report, write_files
from rpn_zoo.cross_validation.results import FoldResult
from rpn_zoo.cross_validation.run import cross_validate
from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.training.quiet import quiet
from rpn_zoo.training.run_folder import RunConfig, make_folder

DESCRIPTION = """\
Repeated stratified k-fold cross-validation of a recipe whose data are a table, and of baselines on
the same folds, with a paired comparison (corrected resampled t-test). Takes the recipes of rpn-zoo
fit and all their options, such as --data.path and --model.optimizer.lr.
"""


def main(argv: Sequence[str]) -> int:
    """Run the command; returns the exit status.

    Args:
        argv: the command and its options.

    Raises:
        ValueError: a bad option or recipe.
        OSError: a file is missing or exists already.
    """
    quiet()
    parser = _parser()
    args = parser.parse_args([a for a in argv[1:] if a != "--debug"])
    if args.folds is not None:
        check_positive_int("folds", args.folds, minimum=2)
    baselines = [] if args.baselines == ["none"] else list(args.baselines)
    for name in baselines:
        check_choice("baselines", name, [*BASELINES, "none"])
    recipe = FoldRecipe(parser, args, args.folds)
    folder = RunConfig(recipe.name, "runs/cross-validate", args.output).locate(None)
    make_folder(folder)
    count = len(args.seeds) * recipe.folds * (1 + len(baselines))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("folds", total=count)

        def advance(result: FoldResult) -> None:
            progress.update(bar, advance=1, description=result.model)

        results, parameters = cross_validate(recipe, args.seeds, baselines, advance)
    data = recipe.data(args.seeds[0], 0)
    page = write_files(
        folder,
        make_report(
            recipe.name,
            recipe.metric,
            f"{data.table_name}, {sum(map(len, data.rows.values())):,} rows",
            recipe.folds,
            parameters,
            results,
            shlex.join(["rpn-zoo", *argv]),
        ),
    )
    sys.stdout.write(f"{page}\nTable, folds and report are in {folder}\n")
    return 0


def _parser() -> LightningArgumentParser:
    parser = LightningArgumentParser(
        "rpn-zoo cross-validate", description=DESCRIPTION, exit_on_error=False, allow_abbrev=False
    )
    add_recipe_arguments(parser)
    parser.add_argument(
        "--folds", type=int | None, default=None,
        help="Number of folds; null: as the recipe's data say, or 10.",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4],
        help="A repetition with other folds for each.",
    )  # fmt: skip
    parser.add_argument(
        "--baselines", type=str, nargs="+", default=list(BASELINES),
        help=f"Models to compare with: {', '.join(BASELINES)}; or none.",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=str | None, default=None,
        help="Folder to write into; null: runs/cross-validate/NAME/DATE.",
    )  # fmt: skip
    return parser
