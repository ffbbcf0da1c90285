"""No test of this folder sees real data, a network, or the zoo that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rpn_zoo.data import download
from rpn_zoo.zoo import Zoo
from tests.zoo.builders import make_zoo


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    def refuse(url: str, timeout: float) -> Any:
        raise OSError(f"no network in tests: {url}")

    monkeypatch.chdir(tmp_path_factory.mktemp("work"))
    monkeypatch.delenv("RPN_ZOO_DATA", raising=False)
    monkeypatch.setattr(download, "urlopen", refuse)


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    return make_zoo(tmp_path / "zoo")
