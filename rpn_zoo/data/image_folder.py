"""Images of your own in folders by class, as a LightningDataModule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.class_folders import read_class_folders
from rpn_zoo.data.images import Augmentation, ImageData
from rpn_zoo.data.splits import ImageSplits, image_splits, stratified_split
from rpn_zoo.functions.checks import check_finite, check_positive_int

PARTS = ("train", "val", "test")


class ImageFolder(ImageData):
    """Images in ``<root>/<part>/<class>/<image>`` or ``<root>/<class>/<image>``.

    Parts are ``train``, ``test`` and perhaps ``val``; what is not there is drawn from the training
    images, stratified by class. Images are decoded once in ``setup`` and kept in memory as bytes.

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
        augmentation: random affine maps, or random crops and flips, of training batches; None:
            none.

    Attributes:
        num_features: channels x height x width, after ``setup``.
        num_classes: after ``setup``.
        class_names: names of the folders, sorted, after ``setup``.

    Raises:
        FileNotFoundError: in ``setup``, if there is no such folder.
        ValueError: an argument is invalid (here); in ``setup``, there are no images, their sizes
            differ, a class is missing in a part, or a file is damaged (it is named).
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
        self.save_hyperparameters(ignore="augmentation", logger=False)

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
        read = {
            part: read_class_folders(folder, self.size, self.channels)
            for part, folder in folders.items()
        }
        names = read["train"][2]
        for part, (_, _, others) in read.items():
            if others != names:
                raise ValueError(
                    f"{root / part}: the classes must be those of train, {', '.join(names)}; got "
                    f"{', '.join(others)}."
                )
        self.class_names = names  # type: ignore[misc]
        self.num_classes = len(names)  # type: ignore[misc]
        arrays = {part: (images, labels) for part, (images, labels, _) in read.items()}
        for part in ("test", "val"):
            if part not in arrays:
                arrays["train"], arrays[part] = self._hold_out(*arrays["train"], part)
        how = "own parts" if len(found) == len(PARTS) else f"split with seed {self.split_seed}"
        return image_splits(arrays, f"{root.name}, {how}", comparable=False)

    def _hold_out(
        self, images: NDArray[np.uint8], labels: NDArray[np.int64], part: str
    ) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        count = round(self.shares[part] * len(labels))
        if not 0 < count < len(labels):
            raise ValueError(
                f"{len(labels)} images are too few to hold out {self.shares[part]:g} as {part}."
            )
        rest, held = stratified_split(labels, (len(labels) - count, count), self.split_seed)
        return (images[rest], labels[rest]), (images[held], labels[held])


def _check_size(size: object) -> tuple[int, int]:
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size must be (height, width), got {size!r}.")
    height, width = (check_positive_int("size", side) for side in size)
    return height, width


def _check_share(name: str, share: float) -> float:
    if not 0 < check_finite(name, share) < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {share!r}.")
    return share
