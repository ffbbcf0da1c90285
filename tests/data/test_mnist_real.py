"""Complete MNIST; these tests exist only where $RPN_ZOO_DATA holds it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from rpn_zoo.data import MNIST, find_raw_folder
from rpn_zoo.data.subset import load_mnist_subset

ROOT = os.environ.get("RPN_ZOO_DATA")
if ROOT is not None:
    ROOT = str(Path(ROOT).absolute())

if ROOT is not None and find_raw_folder("MNIST", ROOT).in_root:

    @pytest.fixture(scope="module")
    def mnist() -> MNIST:
        module = MNIST(root=ROOT, download=False)
        module.setup()
        return module

    def test_official_split(mnist: MNIST) -> None:
        assert mnist.split_name == "MNIST, official split, 55,000/5,000/10,000"
        assert mnist.split("test")[1][:5].tolist() == [7, 2, 1, 0, 4]
        assert mnist.preprocess.mean == pytest.approx(0.130686, abs=1e-6)
        assert mnist.preprocess.std == pytest.approx(0.308129, abs=1e-6)
        counts = [mnist.split(part)[1].bincount() for part in ("train", "val")]
        assert (counts[0] / 11 - counts[1]).abs().max() < 1

    def test_validation_part_does_not_change_between_versions(mnist: MNIST) -> None:
        digest = hashlib.sha256(mnist.split("val")[0].numpy().tobytes()).hexdigest()
        assert digest.startswith("64897d56662f6f59")

    def test_shipped_digits_are_the_first_training_images() -> None:
        from rpn_zoo.data.idx import read_idx
        from rpn_zoo.data.locate import existing_file

        raw = find_raw_folder("MNIST", ROOT).raw
        assert raw is not None
        images_path = existing_file(raw, "train-images-idx3-ubyte")
        labels_path = existing_file(raw, "train-labels-idx1-ubyte")
        assert images_path is not None and labels_path is not None
        labels = read_idx(labels_path)[:10_000]
        order = np.argsort(labels, kind="stable")
        shipped = load_mnist_subset()
        np.testing.assert_array_equal(shipped[1], labels[order])
        np.testing.assert_array_equal(shipped[0], read_idx(images_path)[:10_000][order])
