"""Where a data set is looked for: an explicit root, then $RPN_ZOO_DATA, then ``datasets/``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT_VARIABLE = "RPN_ZOO_DATA"
DEFAULT_FOLDER = "datasets"
IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class Search:
    """The outcome of a search.

    Attributes:
        raw: the folder that holds all files (for :func:`find_file` the file), or None.
        in_root: whether ``raw`` was found under the explicitly given root.
        searched: one line for each place that was searched without success, with the reason.
    """

    raw: Path | None
    in_root: bool
    searched: tuple[str, ...]

    def describe(self) -> str:
        """The places searched, as text for a message."""
        return "; ".join(self.searched) or "nowhere"


def find_raw_folder(
    dataset: str, root: str | None = None, files: Sequence[str] = IDX_FILES
) -> Search:
    """Look for ``<place>/<dataset>/raw`` (torchvision's layout) in every place, in order.

    Args:
        dataset: the folder's name, e.g. ``"MNIST"`` or ``"FashionMNIST"``.
        root: the place to look in first, or None.
        files: the file names needed, each accepted with or without ``.gz``.

    Returns:
        The first folder that holds every file, and what was searched before.

    Example:
        >>> search = find_raw_folder("NoSuchDataset", root="/no/such/folder")
        >>> search.raw is None, search.searched[0]
        (True, 'root=/no/such/folder (no such folder)')
    """
    searched: list[str] = []
    for label, place in search_places(root):
        if place is None:
            searched.append(label)
            continue
        raw = place / dataset / "raw"
        fault = _fault(place, raw, files)
        if fault is None:
            return Search(raw, in_root=label.startswith("root="), searched=tuple(searched))
        searched.append(f"{label} ({fault})")
    return Search(None, in_root=False, searched=tuple(searched))


def find_file(path: str, root: str | None = None) -> Search:
    """Look for ``<place>/<path>``, a single file, in every place, in order.

    Args:
        path: relative to a place, e.g. ``"planetoid/cora.npz"``.
        root: the place to look in first, or None.

    Returns:
        The first file found, and what was searched before.

    Example:
        >>> find_file("no/such/file.npz", root="/no/such/folder").searched[0]
        'root=/no/such/folder (no such folder)'
    """
    searched: list[str] = []
    for label, place in search_places(root):
        if place is None:
            searched.append(label)
        elif (place / path).is_file():
            in_root = label.startswith("root=")
            return Search(place / path, in_root=in_root, searched=tuple(searched))
        else:
            fault = f"has no {path}" if place.is_dir() else "no such folder"
            searched.append(f"{label} ({fault})")
    return Search(None, in_root=False, searched=tuple(searched))


def require_file(path: str, root: str | None = None) -> Path:
    """The file that a user named.

    Args:
        path: absolute; or relative to ``root``, which then has to hold it; or, without a root, to
            the working directory or to one of the places, in this order.
        root: a folder, or None.

    Raises:
        FileNotFoundError: listing the places searched.

    Example:
        >>> require_file("no/such/file.npz", root="/no/such/folder")
        Traceback (most recent call last):
            ...
        FileNotFoundError: no/such/file.npz was not found; searched: root=/no/such/folder
        (no such folder).
    """
    named = Path(path).expanduser()
    if named.is_absolute() or root is None:
        if named.is_file():
            return named
        if named.is_absolute():
            raise FileNotFoundError(f"{path} was not found.")
    search = find_file(path, root)
    if root is not None and not search.in_root:
        raise FileNotFoundError(f"{path} was not found; searched: {search.searched[0]}.")
    if search.raw is None:
        raise FileNotFoundError(
            f"{path} was not found; searched: the working directory; {search.describe()}."
        )
    return search.raw


def search_places(root: str | None = None) -> list[tuple[str, Path | None]]:
    """The places in their order, each with its label for messages (None: not configured).

    Args:
        root: an explicit folder, or None.

    Example:
        >>> [label for label, _ in search_places("somewhere")][0]
        'root=somewhere'
    """
    places: list[tuple[str, Path | None]] = []
    if root is not None:
        places.append((f"root={root}", Path(root).expanduser()))
    variable = os.environ.get(ENVIRONMENT_VARIABLE)
    if variable:
        places.append((f"${ENVIRONMENT_VARIABLE}={variable}", Path(variable).expanduser()))
    else:
        places.append((f"${ENVIRONMENT_VARIABLE} (not set)", None))
    default = Path.cwd() / DEFAULT_FOLDER
    places.append((str(default), default))
    return places


def download_folder(dataset: str, root: str | None = None) -> Path:
    """The raw folder that a download fills: under ``root``, else ``datasets/`` here.

    Args:
        dataset: the folder's name, e.g. ``"MNIST"``.
        root: an explicit folder, or None.

    Example:
        >>> download_folder("MNIST", "somewhere").as_posix()
        'somewhere/MNIST/raw'
    """
    place = Path.cwd() / DEFAULT_FOLDER if root is None else Path(root).expanduser()
    return place / dataset / "raw"


def existing_file(raw: Path, name: str) -> Path | None:
    """The file ``name`` in ``raw``, plain or else ``.gz``, or None if there is neither.

    Example:
        >>> existing_file(Path("/no/such/folder"), "train-labels-idx1-ubyte") is None
        True
    """
    return next((p for p in (raw / name, raw / f"{name}.gz") if p.is_file()), None)


def _fault(place: Path, raw: Path, files: Sequence[str]) -> str | None:
    """Why ``raw`` under ``place`` is no complete data set, or None if it is one."""
    if not place.is_dir():
        return "no such folder"
    if not raw.is_dir():
        return f"has no {raw.relative_to(place).as_posix()}"
    missing = [name for name in files if existing_file(raw, name) is None]
    if missing:
        return f"{raw.relative_to(place).as_posix()} lacks {', '.join(missing)}"
    return None
