"""The folder of one training run: made once, never silently reused or overwritten."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CHECKPOINTS = "checkpoints"
RUN_FILE = "run.json"


@dataclass
class RunConfig:
    """Where a run is kept.

    Args:
        name: name of the run's group, the first folder below ``root``.
        root: folder of all runs.
        folder: the run's own folder; null: ``<root>/<name>/<date and time>``, or with
            ``--ckpt_path last`` or ``best`` the newest run of this name that has it.
    """

    name: str = "rpn"
    root: str = "runs"
    folder: str | None = None

    def __post_init__(self) -> None:
        """Check that the name can be a folder's name."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise ValueError(
                f"run.name must consist of letters, digits, '.', '_' and '-', got {self.name!r}."
            )

    def locate(self, ckpt_path: str | None) -> Path:
        """The folder of this run, not yet made.

        Args:
            ckpt_path: ``None`` for a new run; ``"last"``, ``"best"`` or a checkpoint file to go on
                from, in the folder of the run that it belongs to.

        Raises:
            FileExistsError: if the folder of a new run exists and is not empty.
            FileNotFoundError: if there is no run with that checkpoint.
        """
        if ckpt_path is not None:
            checkpoint = self.checkpoint(ckpt_path)
            if self.folder is not None:
                return Path(self.folder)
            if checkpoint.parent.name == CHECKPOINTS:
                return checkpoint.parent.parent
        if self.folder is not None:
            folder = Path(self.folder)
            if folder.exists() and any(folder.iterdir()):
                raise FileExistsError(
                    f"the run folder {folder} exists and is not empty: give another run.folder, or "
                    "resume the run in it with --ckpt_path last."
                )
            return folder
        group = Path(self.root) / self.name
        stamp = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        folder, copy = group / stamp, 1
        while folder.exists():
            copy += 1
            folder = group / f"{stamp}-{copy}"
        return folder

    def checkpoint(self, ckpt_path: str) -> Path:
        """The checkpoint file meant by ``ckpt_path``.

        Args:
            ckpt_path: ``"last"`` or ``"best"`` (of ``folder``, or of the newest run of this name),
                or the path of a file.

        Raises:
            FileNotFoundError: if there is none.
        """
        if ckpt_path not in ("last", "best"):
            if not Path(ckpt_path).is_file():
                raise FileNotFoundError(
                    f"--ckpt_path {ckpt_path}: there is no such file; give a checkpoint file, "
                    "'last' or 'best'."
                )
            return Path(ckpt_path)
        group = Path(self.root) / self.name
        folders = [Path(self.folder)] if self.folder is not None else list(group.glob("*"))
        files = [folder / CHECKPOINTS / f"{ckpt_path}.ckpt" for folder in folders]
        files = sorted(filter(Path.is_file, files), key=lambda file: file.stat().st_mtime)
        if not files:
            raise FileNotFoundError(
                f"--ckpt_path {ckpt_path}: no {ckpt_path}.ckpt in {self.folder or group}; train "
                "first, or give --run.name, --run.folder or the path of a checkpoint file."
            )
        return files[-1]


def make_folder(folder: Path) -> Path:
    """Make the run folder and try to write into it, so that a bad place is known before training.

    Raises:
        PermissionError: if the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise PermissionError(
            f"the run folder {folder} cannot be written to ({error.strerror}): choose another one "
            "with --run.root or --run.folder."
        ) from error
    return folder


def set_aside(path: Path) -> None:
    """Rename an existing file to ``<stem>.<number><suffix>``, so that a new one can be written."""
    if path.exists():
        number = 1
        while (other := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
            number += 1
        path.rename(other)


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: a temporary file in the same folder, then a rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def wandb_id(folder: Path) -> str:
    """The Weights & Biases run id of this folder: made once, kept when the run is resumed."""
    path = folder / RUN_FILE
    if path.exists():
        return str(json.loads(path.read_text(encoding="utf-8"))["wandb_id"])
    identity = os.urandom(4).hex()
    write_text(path, json.dumps({"wandb_id": identity}) + "\n")
    return identity
