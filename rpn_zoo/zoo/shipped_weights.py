"""The file of weights that ships with an entry: those of the run, rounded where too large."""

from __future__ import annotations

import hashlib

from rpn_zoo.zoo.card import WeightsFile
from rpn_zoo.zoo.entry import Entry
from rpn_zoo.zoo.weights import HALF, weights_content

MAX_WEIGHTS_BYTES = 5_000_000


def shipped_weights(run: Entry) -> tuple[WeightsFile, bytes] | None:
    """The weights of a run as they ship, at most :data:`MAX_WEIGHTS_BYTES`.

    Args:
        run: a finished run.

    Returns:
        What the card says of the file, and its bytes: those of the run; if they are too many,
        rounded to float16; None if these are too many as well.

    Raises:
        OSError: if the file is not the one that the run wrote.
        ValueError: if the weights are refused, or have no float16 (``WeightsError``).
    """
    content = run.weights.read_bytes()
    if len(content) <= MAX_WEIGHTS_BYTES:
        described = _described(content, None)
        if described[0].sha256 != run.sha256:
            raise OSError(f"{run.weights}: the weights changed while the entry was written.")
        return described
    content = weights_content(run.load(), half=True, source=str(run.weights))
    return _described(content, HALF) if len(content) <= MAX_WEIGHTS_BYTES else None


def _described(content: bytes, rounded: str | None) -> tuple[WeightsFile, bytes]:
    return WeightsFile(hashlib.sha256(content).hexdigest(), len(content), rounded), content
