"""Entries from the Hugging Face hub, pinned to a commit."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from rpn_zoo.offline import OfflineError, offline_variable
from rpn_zoo.zoo.card import CARD_FILE
from rpn_zoo.zoo.recipe import CONFIG_FILE
from rpn_zoo.zoo.run_metrics import METRICS_FILE
from rpn_zoo.zoo.weights import WEIGHTS_FILE

PREFIX = "hf-hub:"
LIMITS = {CARD_FILE: 1 << 20, METRICS_FILE: 1 << 20, CONFIG_FILE: 1 << 20, WEIGHTS_FILE: 1 << 30}
"""The files of an entry, and how many bytes of each are downloaded at most."""

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]|\.(?!\.))*"
_NAME = re.compile(rf"hf-hub:(?P<repo>{_PART}/{_PART})(?:@(?P<revision>.+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def download_entry(name: str) -> Path:
    """Fetch the files of an entry into the hub's cache, unless they are there.

    Downloads are atomic and locked by the hub's library. In offline mode only the cache is looked
    at.

    Args:
        name: ``hf-hub:owner/name@commit`` with the full 40-digit commit. The hash of the weights
            comes from the same repository, so it is the commit that says whose weights they are.

    Returns:
        The folder that holds the card (or metrics of a run), the config and the weights.

    Raises:
        ValueError: if the name is malformed or not pinned to a commit, or a file is too large.
        ImportError: if the optional package ``huggingface_hub`` is not installed.
        OSError: if the files cannot be had: no such repository, no network, or offline mode
            (``OfflineError``) and not in the cache.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"a name on the hub must be {PREFIX}owner/name@commit, got {name!r}.")
    repo, revision = match["repo"], match["revision"] or ""
    if not _COMMIT.fullmatch(revision):
        raise ValueError(
            f"{name!r} must be pinned to a full commit, {PREFIX}{repo}@<40 hexadecimal "
            f"digits>, got the revision {match['revision']!r}; branches and tags can change."
        )
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise ImportError(
            f"loading {name!r} needs the optional package huggingface_hub; install it with "
            "`pip install 'rpn-zoo[hub]'`."
        ) from error
    folder = _cached(hub, repo, revision)
    if folder is not None:
        return folder
    if (variable := offline_variable()) is not None:
        raise OfflineError(f"{name} is not in the cache of the hub, and ${variable} is set.")
    _check_sizes(hub, name, repo, revision)
    found = hub.snapshot_download(repo, revision=revision, allow_patterns=list(LIMITS))
    return Path(found)


def _cached(hub: Any, repo: str, revision: str) -> Path | None:
    """The folder in the cache if it is complete: it then needs no network."""
    try:
        folder = Path(
            hub.snapshot_download(
                repo, revision=revision, allow_patterns=list(LIMITS), local_files_only=True
            )
        )
    except (OSError, ValueError):  # the library's LocalEntryNotFoundError is both
        return None
    described = (folder / CARD_FILE).is_file() or (folder / METRICS_FILE).is_file()
    return folder if described and (folder / WEIGHTS_FILE).is_file() else None


def _check_sizes(hub: Any, name: str, repo: str, revision: str) -> None:
    """Refuse files that are larger than an entry's can be, before they are downloaded."""
    for file in hub.HfApi().get_paths_info(repo, list(LIMITS), revision=revision):
        limit = LIMITS.get(file.path, 0)
        if file.size > limit:
            raise ValueError(
                f"{name}: {file.path} has {file.size:,} bytes, {limit:,} are allowed; nothing was "
                "downloaded."
            )
