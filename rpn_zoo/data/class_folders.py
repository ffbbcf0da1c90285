"""Images in folders by class, on disk or in a tar archive, decoded into one array."""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rpn_zoo.data.byte_store import Allocate

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif")


@dataclass(frozen=True)
class ImageFiles:
    """The image files of a folder or an archive, not yet decoded.

    Attributes:
        path: the folder or archive.
        names: ``<class>/<image>``, in sorted order.
        classes: names of the classes, sorted.
    """

    path: Path
    names: tuple[PurePosixPath, ...]
    classes: tuple[str, ...]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each file, (N,)."""
        numbers = {name: number for number, name in enumerate(self.classes)}
        return np.array([numbers[name.parent.name] for name in self.names], dtype=np.int64)

    def contents(self) -> Iterator[tuple[int, bytes]]:
        """The files' places in ``names`` and what is in them, in the order of an archive."""
        if self.path.is_dir():
            for place, name in enumerate(self.names):
                yield place, (self.path / name).read_bytes()
            return
        places = {name: place for place, name in enumerate(self.names)}
        with tarfile.open(self.path) as archive:
            for member in archive:
                if _is_member(member):
                    file = archive.extractfile(member)
                    assert file is not None
                    yield places[PurePosixPath(member.name)], file.read()


def list_class_folders(path: Path) -> ImageFiles:
    """List ``<class>/<image>`` of a folder or a ``.tar``.

    Raises:
        FileNotFoundError: there is no such folder or file.
        ValueError: no classes or images, or a damaged archive.
    """
    names = sorted(_names(path), key=str)
    if not names:
        raise ValueError(f"{path}: there are no images <class>/<name>{'|'.join(SUFFIXES)}.")
    return ImageFiles(path, tuple(names), tuple(sorted({name.parent.name for name in names})))


def decode_images(
    files: ImageFiles,
    order: NDArray[np.int64] | None = None,
    size: tuple[int, int] | None = None,
    channels: int = 3,
    allocate: Allocate = np.empty,
) -> NDArray[np.uint8]:
    """Decode every file once.

    Args:
        files: N files.
        order: which file stands at each place of the result, (N,); None: as ``files`` has them.
        size: (height, width) to which images are resized; None: all must have one size.
        channels: 3 for colour, 1 for grey.
        allocate: makes the array that is filled, from its shape and dtype.

    Returns:
        uint8, shape (N, channels, height, width).

    Raises:
        ValueError: sizes that differ, or a damaged file, which is named.
    """
    place = np.arange(len(files.names))
    if order is not None:
        place[order] = np.arange(len(order))
    images: NDArray[np.uint8] | None = None
    for number, content in files.contents():
        name = files.names[number]
        image = _decode(f"{files.path}: {name}", content, size, channels)
        if images is None:
            images = allocate((len(files.names), *image.shape), np.uint8)
        if image.shape != images.shape[1:]:
            raise ValueError(
                f"{files.path}: {name} has the shape {tuple(image.shape)}, others have "
                f"{images.shape[1:]}; give size=(height, width) to resize them."
            )
        images[place[number]] = image
    assert images is not None
    return images


def image_size(files: ImageFiles) -> tuple[int, int]:
    """(height, width) of the first image.

    Raises:
        ValueError: the file is damaged.
    """
    place, content = next(files.contents())
    image = _decode(f"{files.path}: {files.names[place]}", content, None, 1)
    return image.shape[1], image.shape[2]


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
    files = list_class_folders(path)
    return decode_images(files, None, size, channels), files.labels, files.classes


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


def _decode(
    where: str, content: bytes, size: tuple[int, int] | None, channels: int
) -> NDArray[np.uint8]:
    """One image as (channels, height, width)."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = image.convert("RGB" if channels == 3 else "L")
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise ValueError(f"{where} is damaged or no image ({error}).") from error
    if size is not None and pixels.size != (size[1], size[0]):
        pixels = pixels.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    array = np.asarray(pixels, dtype=np.uint8)
    return array.transpose(2, 0, 1) if channels == 3 else array[None]
