"""Silencing what libraries say of things that are meant to be as they are."""

from __future__ import annotations

import logging
import warnings

from rpn_zoo.training.devices import is_first_process


def quiet() -> None:
    """Leave out what Lightning says of things that are meant to be as they are."""
    # Data modules hand out whole batches from memory, where worker processes only cost time; the
    # run folder sets old logs aside before the logger sees it; no layer changes its input in place;
    # the last one is Lightning's own.
    for message in (
        ".*does not have many workers.*",
        "Experiment logs directory .* exists and is not empty",
        "Checkpoint directory .* exists and is not empty",
        ".*returned a view tensor. An in-place op",
        ".*isinstance.treespec, LeafSpec.*",
        "Total length of `list` across ranks is zero",  # no validation part
    ):
        warnings.filterwarnings("ignore", message)
    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric.utilities.distributed").setLevel(logging.WARNING)
    if not is_first_process():  # what the first one says need not be said again
        warnings.simplefilter("ignore")
        logging.getLogger("lightning.fabric.utilities.seed").setLevel(logging.WARNING)
