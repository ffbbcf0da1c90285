"""Augmentation by transforms of torchvision."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo.data import ImageFolder, TorchvisionTransforms
from rpn_zoo.data.images import make_augmentation
from rpn_zoo.data.shards import Shard
from tests.data.test_colour_images import write_folder

ERASE: dict[str, Any] = {"name": "RandomErasing", "p": 1.0, "scale": [0.1, 0.2]}
FLIP: dict[str, Any] = {"name": "RandomHorizontalFlip", "p": 1.0}


def images(count: int = 12) -> Tensor:
    return torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0)) + 0.1


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def test_they_are_torchvisions() -> None:
    assert torch.equal(TorchvisionTransforms([FLIP])(images(), generator()), images().flip(-1))


def test_each_group_has_its_draw_and_the_global_generator_none() -> None:
    before = torch.random.get_rng_state()
    holes = TorchvisionTransforms([ERASE], groups=4)(images(), generator()) == 0
    assert torch.equal(before, torch.random.get_rng_state())
    by_group = holes.view(4, 3, -1)
    assert (by_group == by_group[:, :1]).all()
    assert len({tuple(group[0].tolist()) for group in by_group}) == 4
    again = TorchvisionTransforms([ERASE], groups=4)(images(), generator()) == 0
    assert torch.equal(holes, again)


@pytest.mark.parametrize("ranks", [2, 3, 5])
def test_processes_change_their_rows_as_one_would(ranks: int) -> None:
    augment, batch = TorchvisionTransforms([ERASE, FLIP], groups=5), images(13)
    whole = augment(batch, generator())
    shards = [Shard(13, rank, ranks) for rank in range(ranks)]
    parts = [augment(shard.take(batch), generator(), shard) for shard in shards]
    assert torch.equal(torch.cat(parts), whole)


def test_images_of_a_data_module_are_between_0_and_1(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "pets", {"a": 20, "b": 20})
    solarize = {"name": "RandomInvert", "p": 1.0}
    data = ImageFolder(str(root), augmentation={"transforms": [solarize]}, batch_size=32)
    data.setup()
    plain = ImageFolder(str(root), batch_size=32)
    plain.setup()
    mean, std = (torch.tensor(n).view(3, 1) for n in (data.preprocess.mean, data.preprocess.std))
    for (x, _), (y, _) in zip(data.train_dataloader(), plain.train_dataloader(), strict=True):
        inverted = 1 - (y.view(len(y), 3, -1) * std + mean)
        torch.testing.assert_close(x.view(len(x), 3, -1) * std + mean, inverted)
    saved = data.hparams["augmentation"]
    assert make_augmentation(saved) == data.augmentation
    assert saved == {"transforms": [solarize], "groups": 16}


@pytest.mark.parametrize(
    ("transforms", "message"),
    [
        ([], "transforms must be a list of mappings"),
        (["RandomInvert"], "transforms must be mappings like"),
        ([{"name": "RandomInvrt"}], r"no torchvision.transforms.v2.RandomInvrt. Did you mean Rand"),
        ([{"name": "functional"}], "there is no torchvision"),
        ([{"name": "RandomInvert", "q": 1}], r"\{'q': 1\} do not fit RandomInvert"),
        ([{"name": "RandomErasing", "p": 2.0}], "do not fit RandomErasing"),
    ],
)
def test_bad_transforms(transforms: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TorchvisionTransforms(transforms)


def test_the_shape_of_an_image_stays() -> None:
    with pytest.raises(ValueError, match=r"must keep the shape \(3, 8, 8\) .* got \(3, 4, 4\)"):
        TorchvisionTransforms([{"name": "CenterCrop", "size": 4}])(images(), generator())
    resized: list[dict[str, Any]] = [
        {"name": "CenterCrop", "size": 4},
        {"name": "Resize", "size": [8, 8]},
    ]
    assert TorchvisionTransforms(resized)(images(), generator()).shape == (12, 3, 8, 8)


def test_plain_values_only() -> None:
    augment = TorchvisionTransforms([FLIP], groups=2)
    assert dataclasses.asdict(augment) == {"transforms": [FLIP], "groups": 2}
