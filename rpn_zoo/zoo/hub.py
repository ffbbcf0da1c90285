"""Entries from the Hugging Face hub, pinned to a commit."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from rpn_zoo.zoo.card import CARD_FILE
from rpn_zoo.zoo.recipe import CONFIG_FILE
from rpn_zoo.zoo.run_metrics import METRICS_FILE
from rpn_zoo.zoo.weights import WEIGHTS_FILE

PREFIX = "hf-hub:"
_NAME = re.compile(r"hf-hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>.+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def download_entry(name: str) -> Path:
    """Fetch the files of an entry into the hub's cache.

    Args:
        name: ``hf-hub:owner/name@commit`` with the full 40-digit commit. The hash of the weights
            comes from the same repository, so it is the commit that says whose weights they are.

    Returns:
        The folder that holds the card (or metrics of a run), the config and the weights.

    Raises:
        ValueError: if the name is malformed or not pinned to a commit.
        ImportError: if the optional package ``huggingface_hub`` is not installed.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"a name on the hub must be {PREFIX}owner/name@commit, got {name!r}.")
    if not _COMMIT.fullmatch(match["revision"] or ""):
        raise ValueError(
            f"{name!r} must be pinned to a full commit, {PREFIX}{match['repo']}@<40 hexadecimal "
            f"digits>, got the revision {match['revision']!r}; branches and tags can change."
        )
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise ImportError(
            f"loading {name!r} needs the optional package huggingface_hub; install it with "
            "`pip install huggingface_hub`."
        ) from error
    files = [CARD_FILE, METRICS_FILE, CONFIG_FILE, WEIGHTS_FILE]
    folder = hub.snapshot_download(match["repo"], revision=match["revision"], allow_patterns=files)
    return Path(folder)
