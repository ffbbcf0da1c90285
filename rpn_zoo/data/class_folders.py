"""Images in folders by class, on disk or in a tar archive, decoded into one array."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif")


def read_class_folders(
    path: Path, size: tuple[int, int] | None = None, channels: int = 3
) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[str, ...]]:
    """Decode ``<class>/<image>`` of a folder or a ``.tar``, in the order of the names.

    Args:
        path: a folder with one folder for each class, or a tar archive of one.
        size: (height, width) to which images are resized; None: all must have one size.
        channels: 3 for colour, 1 for grey.

    Returns:
        images, uint8, shape (N, channels, height, width); labels, int64, shape (N,); and the class
        names in sorted order.

    Raises:
        FileNotFoundError: there is no such folder or file.
        ValueError: no classes or images, sizes that differ, or a damaged file, which is named.
    """
    names = _names(path)
    if not names:
        raise ValueError(f"{path}: there are no images <class>/<name>{'|'.join(SUFFIXES)}.")
    classes = tuple(sorted({name.parent.name for name in names}))
    numbers = {name: place for place, name in enumerate(sorted(names, key=str))}
    images: NDArray[np.uint8] | None = None
    labels = np.empty(len(names), dtype=np.int64)
    for name, content in _contents(path):
        image = _decode(f"{path}: {name}", content, size, channels)
        if images is None:
            images = np.empty((len(names), *image.shape), dtype=np.uint8)
        if image.shape != images.shape[1:]:
            raise ValueError(
                f"{path}: {name} has the shape {tuple(image.shape)}, others have "
                f"{images.shape[1:]}; give size=(height, width) to resize them."
            )
        images[numbers[name]] = image
        labels[numbers[name]] = classes.index(name.parent.name)
    assert images is not None
    return images, labels, classes


def _is_image(name: PurePosixPath) -> bool:
    return name.suffix.lower() in SUFFIXES and len(name.parts) >= 2


def _names(path: Path) -> list[PurePosixPath]:
    """The images' names, relative to the folder of the classes or as the archive has them."""
    if path.is_dir():
        found = (PurePosixPath(p.relative_to(path).as_posix()) for p in path.glob("*/*"))
        return [name for name in found if _is_image(name)]
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such folder or archive.")
    try:
        with tarfile.open(path) as archive:
            return [PurePosixPath(m.name) for m in archive if _is_member(m)]
    except tarfile.TarError as error:
        raise ValueError(f"{path}: the archive is damaged ({error}).") from error


def _is_member(member: tarfile.TarInfo) -> bool:
    return member.isfile() and _is_image(PurePosixPath(member.name))


def _contents(path: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    if path.is_dir():
        for name in _names(path):
            yield name, (path / name).read_bytes()
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if _is_member(member):
                file = archive.extractfile(member)
                assert file is not None
                yield PurePosixPath(member.name), file.read()


def _decode(
    where: str, content: bytes, size: tuple[int, int] | None, channels: int
) -> NDArray[np.uint8]:
    """One image as (channels, height, width)."""
    from torchvision.io import ImageReadMode, decode_image  # here, since it takes long to import

    mode = ImageReadMode.RGB if channels == 3 else ImageReadMode.GRAY
    try:
        image: Tensor = decode_image(torch.frombuffer(bytearray(content), dtype=torch.uint8), mode)
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{where} is damaged or no image ({str(error).splitlines()[0]})."
        ) from error
    if size is not None and tuple(image.shape[1:]) != tuple(size):
        from torchvision.transforms.v2 import functional

        image = functional.resize(image, list(size), antialias=True)
    return image.numpy()
