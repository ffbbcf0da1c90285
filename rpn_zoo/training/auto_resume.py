"""``--ckpt_path auto``: go on where there is something to go on from, else begin."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from rpn_zoo.training.checkpoint import check_checkpoint
from rpn_zoo.training.interrupt import slurm_job
from rpn_zoo.training.run_folder import CHECKPOINTS, RunConfig

logger = logging.getLogger(__name__)

LOCK_FILE = ".lock"
FINISHED = "metrics.json"


def find_folder(run: RunConfig, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the run that ``auto`` means, or None for a new one.

    It is ``run.folder`` if that is given; in a SLURM job ``<root>/<name>/job-<number>``, so that a
    job that was put back into the queue finds its own; else that of the newest run of this name
    that has a checkpoint, is not finished, and that no process works on.

    Raises:
        ValueError: if processes that were started from outside would have to search: each could
            find something else.
    """
    if run.folder is not None:
        return Path(run.folder)
    group = Path(run.root) / run.name
    if (job := slurm_job(environment)) is not None:
        return group / f"job-{job}"
    if int(environment.get("WORLD_SIZE", "1")) > 1:
        raise ValueError("--ckpt_path auto with several processes needs --run.folder.")
    found = [
        (file.stat().st_mtime, folder)
        for folder in group.glob("*")
        if not (folder / FINISHED).exists()
        for file in (folder / CHECKPOINTS).glob("*.ckpt")
    ]
    for _, folder in sorted(found, reverse=True):
        if not is_locked(folder):
            return folder
    return None


def usable_checkpoint(folder: Path) -> Path | None:
    """The checkpoint ``last`` of a run, or ``best`` where that one is damaged; None: there is none.

    A damaged one is named in a warning.

    Raises:
        ValueError: if all that are there are damaged: to begin anew would overwrite them.
    """
    damaged = []
    for name in ("last", "best"):
        file = folder / CHECKPOINTS / f"{name}.ckpt"
        if not file.is_file():
            continue
        try:
            check_checkpoint(file)
        except ValueError as error:
            logger.warning("%s", error)
            damaged.append(str(file))
            continue
        if name != "last":
            logger.warning("going on from %s instead", file)
        return file
    if damaged:
        raise ValueError(
            f"--ckpt_path auto: {' and '.join(damaged)} cannot be used: move the run folder "
            "away, or give another --run.folder, to begin anew."
        )
    return None


def lock_folder(folder: Path) -> FileLock | None:
    """Claim a run folder for this process, until it ends in whatever way.

    Returns:
        The lock, to be kept; None where the file system has none.

    Raises:
        FileExistsError: if another process works on it.
    """
    lock = FileLock(folder / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise FileExistsError(
            f"the run folder {folder} is in use by another process: wait for its end, or give "
            "another --run.folder."
        ) from error
    except NotImplementedError:  # some network file systems
        logger.warning("%s cannot be locked: see that only one process works on it", folder)
        return None
    return lock


def is_locked(folder: Path) -> bool:
    """Whether a process works on a run folder."""
    if not (folder / LOCK_FILE).exists():
        return False
    try:
        lock = lock_folder(folder)
    except FileExistsError:
        return True
    if lock is not None:
        lock.release()
    return False
