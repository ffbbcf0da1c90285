"""Images of your own in folders by class, as a LightningDataModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.byte_store import GIB, Allocate, cache_folder, fingerprint, mapped
from rpn_zoo.data.class_folders import ImageFiles, decode_images, image_size, list_class_folders
from rpn_zoo.data.images import Augmentation, ImageData
from rpn_zoo.data.splits import ImageSplits, image_splits, stratified_split
from rpn_zoo.functions.checks import check_finite, check_positive_int

PARTS = ("train", "val", "test")

Rows: TypeAlias = dict[str, NDArray[np.int64]]
"""For each part the files that belong to it."""


class ImageFolder(ImageData):
    """Images in ``<root>/<part>/<class>/<image>`` or ``<root>/<class>/<image>``.

    Parts are ``train``, ``test`` and perhaps ``val``; what is not there is drawn from the training
    images, stratified by class. Images are decoded once in ``setup`` and kept in memory as bytes,
    or, if they exceed ``memory_budget``, in a file of the cache that is mapped into memory and
    found again by later runs.

    Args:
        root: the folder.
        size: (height, width) to which images are resized; None: all must have one size.
        channels: 3 for colour, 1 for grey.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        validation_share: share of the training images that is held out where there is no ``val``.
        test_share: share of all images that becomes the test part where there is no ``test``.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are held out.
        augmentation: random affine maps, random crops and flips, or transforms of torchvision, of
            training batches; None: none.
        memory_budget: GiB of bytes that are kept in memory, >= 0.
        cache: folder of the mapped file; None: ``$XDG_CACHE_HOME/rpn_zoo/images``, or
            ``~/.cache/rpn_zoo/images``.

    Attributes:
        num_features: channels x height x width, after ``setup``.
        num_classes: after ``setup``.
        class_names: names of the folders, sorted, after ``setup``.

    Raises:
        FileNotFoundError: in ``setup``, if there is no such folder.
        ValueError: an argument is invalid (here); in ``setup``, there are no images, their sizes
            differ, a class is missing in a part, or a file is damaged (it is named).
        OSError: in ``setup``, if the cache cannot be written or the disk is too full for it.
    """

    def __init__(
        self,
        root: str,
        size: tuple[int, int] | None = None,
        channels: int = 3,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        validation_share: float = 0.1,
        test_share: float = 0.1,
        seed: int | None = None,
        split_seed: int = 0,
        augmentation: Augmentation | dict[str, Any] | None = None,
        memory_budget: float = 4.0,
        cache: str | None = None,
    ) -> None:
        super().__init__(root, batch_size, eval_batch_size, seed, split_seed, augmentation)
        self.size = None if size is None else _check_size(size)
        if channels not in (1, 3):
            raise ValueError(f"channels must be 1 or 3, got {channels!r}.")
        self.channels = channels
        self.shares = {
            "val": _check_share("validation_share", validation_share),
            "test": _check_share("test_share", test_share),
        }
        self.memory_budget = check_finite("memory_budget", memory_budget)
        if memory_budget < 0:
            raise ValueError(f"memory_budget must be >= 0 GiB, got {memory_budget!r}.")
        self.cache = cache_folder() / "images" if cache is None else Path(cache).expanduser()
        self.save_hyperparameters(ignore="augmentation", logger=False)
        self._save_augmentation()

    def setup(self, stage: str | None = None) -> None:
        """Decode the images and split them; once only."""
        super().setup(stage)
        images = self.split("train")[0]
        self.num_features = images[0].numel()  # type: ignore[misc]

    def _load(self) -> ImageSplits:
        assert self.root is not None
        root = Path(self.root).expanduser()
        if not root.is_dir():
            raise FileNotFoundError(f"root={self.root!r}: there is no such folder.")
        found = [part for part in PARTS if (root / part).is_dir()]
        if "train" not in found:
            found = []  # folders of classes, whatever their names
        folders = {part: root / part for part in found} or {"train": root}
        listed = {part: list_class_folders(folder) for part, folder in folders.items()}
        names = listed["train"].classes
        for part, files in listed.items():
            if files.classes != names:
                raise ValueError(
                    f"{root / part}: the classes must be those of train, {', '.join(names)}; got "
                    f"{', '.join(files.classes)}."
                )
        self.class_names = names  # type: ignore[misc]
        self.num_classes = len(names)  # type: ignore[misc]
        arrays: dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]] = {}
        for part, files in listed.items():
            rows: Rows = {part: np.arange(len(files.names), dtype=np.int64)}
            if part == "train":
                rows = self._held_out(files, listed)
            arrays.update(self._read(files, rows))
        how = "own parts" if len(found) == len(PARTS) else f"split with seed {self.split_seed}"
        return image_splits(arrays, f"{root.name}, {how}", comparable=False)

    def _held_out(self, files: ImageFiles, given: dict[str, ImageFiles]) -> Rows:
        """Which of the training files are which part: those that have no folder are drawn."""
        labels = files.labels
        rows: Rows = {"train": np.arange(len(labels), dtype=np.int64)}
        for part in ("test", "val"):
            if part not in given:
                left = rows["train"]
                count = round(self.shares[part] * len(left))
                if not 0 < count < len(left):
                    raise ValueError(
                        f"{len(left)} images are too few to hold out {self.shares[part]:g} as "
                        f"{part}."
                    )
                sizes = (len(left) - count, count)
                kept, held = stratified_split(labels[left], sizes, self.split_seed)
                rows["train"], rows[part] = left[kept], left[held]
        return rows

    def _read(
        self, files: ImageFiles, rows: Rows
    ) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.int64]]]:
        """Decode a folder, in memory or mapped; the rows of a part are next to each other."""
        order, labels = np.concatenate(list(rows.values())), files.labels

        def fill(allocate: Allocate) -> NDArray[np.uint8]:
            return decode_images(files, order, self.size, self.channels, allocate)

        if len(order) * self._bytes_of_one(files) <= self.memory_budget * GIB:
            images = fill(np.empty)
        else:
            key = fingerprint(files.path, files.names, order.tobytes(), self.size, self.channels)
            images = mapped(self.cache / f"{key}.npy", fill)
        ends = np.cumsum([len(r) for r in rows.values()])[:-1]
        parts = zip(rows, np.split(images, ends), np.split(labels[order], ends), strict=True)
        return {part: (pixels, classes) for part, pixels, classes in parts}

    def _bytes_of_one(self, files: ImageFiles) -> int:
        """Bytes of a decoded image."""
        height, width = self.size or image_size(files)
        return self.channels * height * width


def _check_size(size: object) -> tuple[int, int]:
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}.")
    height, width = (check_positive_int("size", side) for side in size)
    return height, width


def _check_share(name: str, share: float) -> float:
    if not 0 < check_finite(name, share) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {share!r}.")
    return share
