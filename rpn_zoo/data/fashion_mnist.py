"""FashionMNIST as a LightningDataModule: the official split."""

from __future__ import annotations

from rpn_zoo.data.idx_data import IdxData


class FashionMNIST(IdxData):
    """Pictures of clothes, 28 x 28 bytes kept in memory, standardised batch by batch.

    Batches are pairs of float32 (b, 784) and int64 (b,) with classes 0..9; arguments and errors are
    those of :class:`~rpn_zoo.data.idx_data.IdxData`.

    Example:
        >>> FashionMNIST(batch_size=256).class_names[9]
        'Ankle boot'

    Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", arXiv:1708.07747, 2017.
    """

    folder = "FashionMNIST"
    class_names = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
