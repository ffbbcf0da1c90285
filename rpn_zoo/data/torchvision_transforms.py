"""Augmentation by the transforms of torchvision, drawn anew for groups of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.data.shards import Shard
from rpn_zoo.functions.checks import check_positive_int, nearest


@dataclass
class TorchvisionTransforms:
    """Transforms of ``torchvision.transforms.v2``, one after the other.

    They see floating point images with values in [0, 1], as torchvision expects. It draws once for
    all images that it is given; so a batch is cut into groups of consecutive rows (it is in random
    order), and each group has a draw of its own. :class:`RandomAffine` and :class:`RandomCrop` draw
    for every image and are faster.

    Args:
        transforms: one mapping for each transform: its class as ``name``, and its arguments.
        groups: number of groups of a batch, >= 1; more of them are slower.

    Raises:
        ValueError: an unknown transform, arguments that do not fit it, or no transforms.

    Example:
        >>> augment = TorchvisionTransforms([{"name": "RandomErasing", "p": 1.0}], groups=2)
        >>> augment(torch.rand(5, 3, 8, 8), torch.Generator().manual_seed(0)).shape
        torch.Size([5, 3, 8, 8])
    """

    transforms: list[dict[str, Any]]
    groups: int = 16

    def __post_init__(self) -> None:
        """Make the transforms."""
        check_positive_int("groups", self.groups)
        if not isinstance(self.transforms, (list, tuple)) or not self.transforms:
            raise ValueError(f"transforms must be a list of mappings, got {self.transforms!r}.")
        self._modules = [_make(entry) for entry in self.transforms]

    def __call__(
        self, images: Tensor, generator: torch.Generator, shard: Shard | None = None
    ) -> Tensor:
        """Augment a batch.

        Args:
            images: floating point in [0, 1], shape (b, c, h, w).
            generator: source of the seeds of the groups, on the CPU.
            shard: where these are a part of a batch: which; the groups are those of the whole.

        Returns:
            The changed images, same shape.

        Raises:
            ValueError: a transform changes the shape.
        """
        shard = Shard(len(images)) if shard is None else shard
        groups = min(self.groups, shard.rows)
        seeds = torch.randint(2**62, (groups,), generator=generator).tolist()
        belongs = shard.take(torch.arange(shard.rows) * groups // shard.rows)
        parts = [
            self._group(images[belongs == group], seeds[group])
            for group in belongs.unique().tolist()
        ]
        changed = torch.cat(parts)
        if changed.shape != images.shape:
            raise ValueError(
                f"transforms must keep the shape {tuple(images.shape[1:])} of an image, got "
                f"{tuple(changed.shape[1:])}: add e.g. {{name: Resize, size: [h, w]}}."
            )
        return changed

    def _group(self, images: Tensor, seed: int) -> Tensor:
        # They draw from the global generator only: it is lent to them and put back.
        devices = [images.device] if images.is_cuda else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(seed)
            for module in self._modules:
                images = module(images)
        return images


def _make(entry: Mapping[str, Any]) -> nn.Module:
    """The transform that a mapping describes."""
    from torchvision.transforms import v2  # takes a second to import

    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise ValueError(
            f"transforms must be mappings like {{name: ColorJitter, hue: 0.1}}, got {entry!r}."
        )
    name, arguments = entry["name"], {k: v for k, v in entry.items() if k != "name"}
    found = getattr(v2, name, None)
    if not (isinstance(found, type) and issubclass(found, v2.Transform)):
        known = [k for k, v in vars(v2).items() if isinstance(v, type)]
        raise ValueError(
            f"transforms: there is no torchvision.transforms.v2.{name}.{nearest(name, known)}"
        )
    try:
        made = found(**arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"transforms: {arguments!r} do not fit {name}: {error}.") from error
    assert isinstance(made, nn.Module)
    return made
