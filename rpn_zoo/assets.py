"""Where the files that ship with the package are: in a wheel, or in the repository."""

from __future__ import annotations

from pathlib import Path

FOLDERS = ("configs", "checkpoints", "datasets")


def asset_path(name: str) -> Path:
    """The folder of shipped ``configs``, ``checkpoints`` or ``datasets``.

    Args:
        name: one of :data:`FOLDERS`.

    Returns:
        The packaged folder of an installed wheel, else the folder of the repository.

    Raises:
        ValueError: for another name.
        FileNotFoundError: if the installation lacks the folder.

    Example:
        >>> asset_path("configs").is_dir()
        True
    """
    if name not in FOLDERS:
        raise ValueError(f"name must be one of {', '.join(FOLDERS)}, got {name!r}.")
    package = Path(__file__).parent
    for folder in (package / "_assets" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"this installation of rpn_zoo lacks its folder {name!r}; reinstall it."
    )
