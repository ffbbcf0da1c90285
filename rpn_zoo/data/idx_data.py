"""Data sets in the four IDX files of MNIST: found or downloaded, with the official split."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from rpn_zoo.data.download import DownloadError, download_files
from rpn_zoo.data.idx_images import load_official_splits
from rpn_zoo.data.images import Augmentation, ImageData
from rpn_zoo.data.locate import Search, download_folder, find_raw_folder
from rpn_zoo.data.splits import ImageSplits
from rpn_zoo.functions.checks import check_positive_int

logger = logging.getLogger(__name__)


class IdxData(ImageData):
    """28 x 28 grey images in MNIST's four IDX files, under ``<root>/<folder>/raw``.

    The validation part is drawn from the official training images, stratified by class; the test
    part is the official one, in file order.

    Args:
        root: folder that holds ``<folder>/raw`` with the four files, plain or ``.gz``; searched
            first. None searches ``$RPN_ZOO_DATA``, then ``datasets/`` of the working directory.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        download: whether the data may be downloaded, into ``root`` or else ``datasets/``, if they
            are not found. When off, an explicit ``root`` without them is an error.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are the validation part.
        validation_size: number of official training images held out.
        augmentation: random affine maps, or random crops and flips, of training batches; None:
            none.

    Attributes:
        num_features: 784.
        num_classes: 10.
        class_names: names of the classes in the order of their numbers.

    Raises:
        ValueError: an argument is invalid (here), or a data file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, if the data are not where they have to be.
    """

    folder: ClassVar[str]
    official_sizes: ClassVar[dict[str, int]] = {"train": 60_000, "t10k": 10_000}
    num_features = 784
    num_classes = 10

    def __init__(
        self,
        root: str | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        download: bool = True,
        seed: int | None = None,
        split_seed: int = 0,
        validation_size: int = 5000,
        augmentation: Augmentation | dict[str, Any] | None = None,
    ) -> None:
        super().__init__(root, batch_size, eval_batch_size, seed, split_seed, augmentation)
        self.download = download
        self.validation_size = check_positive_int("validation_size", validation_size)
        if validation_size >= self.official_sizes["train"]:
            raise ValueError(
                "validation_size must leave training images, i.e. be below "
                f"{self.official_sizes['train']}, got {validation_size}."
            )
        # The complete config is logged by the command line; names shared with the task clash.
        self.save_hyperparameters(ignore="augmentation", logger=False)
        self._save_augmentation()

    def prepare_data(self) -> None:
        """Download the data if that is allowed and needed; a failure is only logged.

        What then follows in the order of the search is decided by :meth:`setup`. Each stage of a
        Trainer comes here: what is loaded already is not asked for again.
        """
        if self._splits is not None or not self.download:
            return
        if find_raw_folder(self.folder, self.root).raw is not None:
            return
        from torchvision import datasets  # here, since it takes long to import

        official = getattr(datasets, self.folder)
        target = download_folder(self.folder, self.root)
        try:
            download_files(target, official.resources, official.mirrors)
        except DownloadError as error:
            logger.warning("%s could not be downloaded: %s", self.folder, error)

    def _load(self) -> ImageSplits:
        search = self._search()
        if search.raw is None:
            raise FileNotFoundError(self._not_found(search))
        return self._official(search)

    def _search(self) -> Search:
        """Look for the data; an explicit root is never silently replaced."""
        search = find_raw_folder(self.folder, self.root)
        if self.root is not None and not search.in_root:
            if not self.download:
                raise FileNotFoundError(
                    f"root={self.root!r} does not hold {self.folder}: {search.searched[0]}. "
                    + self._advice()
                )
            logger.warning("root=%r does not hold %s; looking further", self.root, self.folder)
        return search

    def _official(self, search: Search) -> ImageSplits:
        """The official parts of the data that were found."""
        assert search.raw is not None
        return load_official_splits(
            search.raw,
            self.folder,
            sizes=self.official_sizes,
            validation_size=self.validation_size,
            split_seed=self.split_seed,
        )

    def _not_found(self, search: Search) -> str:
        return (
            f"complete {self.folder} was not found; searched: {search.describe()}. A download was "
            f"{'not successful, see the log' if self.download else 'not allowed'}. "
            + self._advice()
        )

    def _advice(self) -> str:
        return (
            f"Put the four IDX files under <root>/{self.folder}/raw, give that root or set "
            "RPN_ZOO_DATA to it, or run with download=True on a machine with network."
        )
