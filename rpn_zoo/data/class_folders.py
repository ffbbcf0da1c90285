"""Images in folders by class, on disk or in a tar archive, decoded into one array."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

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
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = image.convert("RGB" if channels == 3 else "L")
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{where} is damaged or no image ({error}).") from error
    if size is not None and pixels.size != (size[1], size[0]):
        pixels = pixels.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    array = np.asarray(pixels, dtype=np.uint8)
    return array.transpose(2, 0, 1) if channels == 3 else array[None]
