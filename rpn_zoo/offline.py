"""Whether the network may be used at all."""

from __future__ import annotations

import os

VARIABLES = ("RPN_ZOO_OFFLINE", "HF_HUB_OFFLINE")
_OFF = ("", "0", "no", "off", "false")


class OfflineError(OSError):
    """Something would have to be downloaded, but the offline mode is on."""


def offline_variable() -> str | None:
    """The environment variable that switches the offline mode on, None if none does.

    Set ``RPN_ZOO_OFFLINE=1`` (or ``HF_HUB_OFFLINE=1``), and nothing here opens a connection:
    data and entries come from the disk, and runs are logged offline.

    Example:
        >>> offline_variable() in (None, *VARIABLES)
        True
    """
    set_ = (name for name in VARIABLES if os.environ.get(name, "").lower() not in _OFF)
    return next(set_, None)


def check_online(what: str) -> None:
    """Raise an error in offline mode.

    Args:
        what: what would be downloaded, for the message.

    Raises:
        OfflineError: naming it and the variable.
    """
    if (variable := offline_variable()) is not None:
        raise OfflineError(f"{what} would have to be downloaded, but ${variable} is set.")
