"""MNIST as a LightningDataModule: the official split, or the shipped 10,000 digits."""

from __future__ import annotations

import warnings
from typing import Any

from rpn_zoo.data.idx_data import IdxData
from rpn_zoo.data.images import Augmentation
from rpn_zoo.data.splits import ImageSplits
from rpn_zoo.data.subset import load_subset_splits
from rpn_zoo.functions.checks import check_choice


class MNIST(IdxData):
    """Handwritten digits, 28 x 28 bytes kept in memory, standardised batch by batch.

    Batches are pairs of float32 (b, 784) and int64 (b,) with classes 0..9. Mean and standard
    deviation come from the training part only. The validation part is drawn from the official
    training images, stratified by class; the test part is the official one, in file order.

    Args:
        root: folder that holds ``MNIST/raw`` with the four IDX files, plain or ``.gz``; searched
            first. None searches ``$RPN_ZOO_DATA``, then ``datasets/`` of the working directory.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        source: ``"full"`` complete MNIST only; ``"subset"`` the shipped 10,000 digits, split
            8,000/1,000/1,000 always alike (``root``, ``split_seed`` and ``validation_size`` have no
            effect); ``"auto"`` complete MNIST, else, with a warning, the shipped digits.
        download: whether complete MNIST may be downloaded, into ``root`` or else ``datasets/``,
            if it is not found. When off, an explicit ``root`` without MNIST is an error.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are the validation part.
        validation_size: number of official training images held out.
        augmentation: random affine maps, random crops and flips, or transforms of torchvision, of
            training batches; None: none.

    Attributes:
        num_features: 784.
        num_classes: 10.
        class_names: ``("0", ..., "9")``.

    Raises:
        ValueError: an argument is invalid (here), or a data file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, if there is no complete MNIST where there has to be.

    Example:
        >>> import warnings
        >>> mnist = MNIST(source="subset")
        >>> with warnings.catch_warnings():  # the subset always warns
        ...     warnings.simplefilter("ignore")
        ...     mnist.setup()
        >>> mnist.split_name
        'MNIST subset shipped with rpn_zoo, 8,000/1,000/1,000'
        >>> x, y = next(iter(mnist.train_dataloader()))
        >>> tuple(x.shape), tuple(y.shape)
        ((64, 784), (64,))

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 1998.
    """

    folder = "MNIST"
    class_names = tuple("0123456789")
    has_subset = True

    def __init__(
        self,
        root: str | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        source: str = "auto",
        download: bool = True,
        seed: int | None = None,
        split_seed: int = 0,
        validation_size: int = 5000,
        augmentation: Augmentation | dict[str, Any] | None = None,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        super().__init__(
            root,
            batch_size,
            eval_batch_size,
            download,
            seed,
            split_seed,
            validation_size,
            augmentation,
        )
        self.source = check_choice("source", source, ("auto", "full", "subset"))
        self.save_hyperparameters({"source": source}, logger=False)

    def prepare_data(self) -> None:
        """Download complete MNIST if that is wanted, allowed and needed; a failure is only logged.

        What then follows in the order of the search is decided by :meth:`setup`.
        """
        if self.source != "subset":
            super().prepare_data()

    def _load(self) -> ImageSplits:
        if self.source == "subset":
            return self._load_subset('as source="subset" asks for')
        search = self._search()
        if search.raw is not None:
            return self._official(search)
        if self.source == "full":
            raise FileNotFoundError(f"source='full': {self._not_found(search)}")
        return self._load_subset(f"since complete MNIST was not found: {search.describe()}")

    def _load_subset(self, reason: str) -> ImageSplits:
        warnings.warn(
            f"MNIST: the 10,000 digits shipped with rpn_zoo are used, {reason}. Figures measured "
            "on them are not comparable with results on complete MNIST; all of them are official "
            "training images, so a network trained on complete MNIST has seen most of them.",
            stacklevel=4,
        )
        return load_subset_splits()
