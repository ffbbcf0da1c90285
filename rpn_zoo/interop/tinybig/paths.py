"""Class paths of a description, understood by their last word; nothing is ever imported."""

from __future__ import annotations

from collections.abc import Iterable

from rpn_zoo.functions.checks import nearest

ROOTS = ("tinybig", "torch")


def last_word(path: object) -> str:
    """The class that a path names.

    Raises:
        ValueError: if it is no text, or begins elsewhere than in tinybig or torch.

    Example:
        >>> last_word("tinybig.reconciliation.basic_reconciliation.identity_reconciliation")
        'identity_reconciliation'
    """
    if not isinstance(path, str) or not path:
        raise ValueError(f"a class must be given as text such as tinybig.model.rpn, got {path!r}.")
    *modules, word = path.split(".")
    if modules and modules[0] not in ROOTS:
        raise ValueError(
            f"the class {path!r} is neither of tinybig nor of torch; classes of other packages are "
            "not taken over."
        )
    return word


def chosen(path: object, known: Iterable[str], what: str) -> str:
    """The last word of a class path, which must be one of the known ones.

    Raises:
        ValueError: if it is not, with the nearest names.

    Example:
        >>> chosen("tinybig.model.rpn", ["rpn", "mlp"], "model")
        'rpn'
    """
    names = list(known)
    word = last_word(path)
    if word not in names:
        raise ValueError(f"unknown {what} {path!r}.{nearest(word, names)}")
    return word
