"""The memory estimate: equal to what operations return, close to what the process takes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import nn, optim

from benchmarks.memory import run_worker
from benchmarks.settings import Settings
from rpn_zoo.functions import MemoryBudgetError, machine, memory_budget
from rpn_zoo.functions.live_bytes import LiveBytes
from rpn_zoo.functions.rules.alternatives import alternatives
from rpn_zoo.nn import RPN, Head
from rpn_zoo.training import ClassificationTask, OptimizerConfig
from rpn_zoo.training.memory import (
    MemoryEstimate,
    MemoryReport,
    check_fits,
    device_memory,
    estimate_memory,
)
from tests.training.command_line import CommandLine
from tests.training.conftest import QUICK
from tests.training.data import make_classes, quiet_trainer

TAYLOR = {"name": "taylor_expansion", "d": 2, "postprocess_functions": "layer_norm"}


def network(expansion: Any, reconciliation: Any, dims: tuple[int, ...] = (40, 30, 5), **head: Any):
    heads = [{"expansion": expansion, "reconciliation": reconciliation, **head}]
    return RPN({"dims": list(dims), "layers": [{"heads": heads}]})


NETWORKS: dict[str, Callable[[], RPN]] = {
    "rule": lambda: network(TAYLOR, "dual_lphm_reconciliation"),
    "low rank": lambda: network(TAYLOR, {"name": "lorr_reconciliation", "r": 2}, bias=True),
    "dense": lambda: network("bspline_expansion", "hypernet_reconciliation", (6, 4)),
    "channels": lambda: network("fourier_expansion", "lorr_reconciliation", channels=3),
    "batch norm": lambda: network("identity_expansion", "identity_reconciliation",
                                  output_functions=["batch_norm", "relu", "dropout"]),
    "nothing to train": lambda: network("identity_expansion", None, (5, 5)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("make", "copies"), [(optim.AdamW, 2), (optim.SGD, 0), (optim.RMSprop, 1)])
def test_what_is_estimated_is_what_is_taken(
    name: str, make: type[optim.Optimizer], copies: int
) -> None:
    model, x = NETWORKS[name](), torch.randn(64, NETWORKS[name]().dims[0])
    before, state = torch.get_rng_state(), {k: v.clone() for k, v in model.state_dict().items()}
    estimate = estimate_memory(model, x, make)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters()) * 4
    buffers = sum(b.numel() * b.element_size() for b in model.buffers())
    assert estimate.parameters == trained + buffers
    assert estimate.gradients == trained
    count = len(list(model.parameters()))
    assert copies * trained <= estimate.optimizer <= copies * trained + 8 * count
    with LiveBytes() as record:
        output = model(x)
        kept = record.now
        if trained:
            output.square().mean().backward()
    assert estimate.gradients + estimate.activations >= record.peak
    if record.peak > 4 * trained:  # otherwise the optimiser's step is the peak
        assert estimate.gradients + estimate.activations == record.peak
    assert kept - 100 * 64 <= sum(head.size for head in estimate.heads) <= kept + 100 * 64


def test_random_functions_draw_the_same_afterwards() -> None:
    model, x = NETWORKS["rule"](), torch.randn(8, 40)
    masked = network("identity_expansion", {"name": "masking_reconciliation", "fixed_mask": False})
    twin = network("identity_expansion", {"name": "masking_reconciliation", "fixed_mask": False})
    estimate_memory(masked, x, optim.SGD)
    assert torch.equal(masked(x), twin(x))
    model.eval()
    estimate_memory(model, x, optim.SGD)
    assert not model.training


def test_close_to_the_measured_peak() -> None:
    """Within a factor of 1.5 of the resident size, in a process of its own."""
    model, rows = network(TAYLOR, "dual_lphm_reconciliation", (256, 64, 10)), 2048
    estimate = estimate_memory(model, torch.empty(rows, 256), optim.AdamW)
    settings = Settings(batch=rows, device=torch.device("cpu"), threads=1)
    measured = run_worker(model.config, "structured", settings)["bytes"]
    assert measured > 20_000_000  # enough to mean something
    assert 1 / 1.5 < measured / estimate.needed < 1.5


def test_the_line_and_its_parts() -> None:
    model = network(TAYLOR, "dual_lphm_reconciliation", (100, 64, 10))
    estimate = estimate_memory(model, torch.empty(256, 100), optim.AdamW)
    assert [head.summary.place for head in estimate.heads] == [
        "layers[0].heads[0]", "layers[1].heads[0]",
    ]  # fmt: skip
    text = str(estimate)
    for part in ("batch of 256", "parameters", "gradients", "optimiser", "activations", "most in"):
        assert part in text
    assert estimate.total == estimate.parameters + estimate.needed
    model.compile()  # which is neither needed nor touched
    assert estimate_memory(model, torch.empty(512, 100), optim.AdamW).activations == pytest.approx(
        2 * estimate.activations, rel=0.1
    )


def test_what_cannot_fit_is_refused_with_advice() -> None:
    dense = network("taylor_expansion", {"name": "hypernet_reconciliation", "l": 2,
                                         "hidden_dim": 2}, (100, 4))  # fmt: skip
    estimate = estimate_memory(dense, torch.empty(64, 100), optim.AdamW)
    assert check_fits(estimate, estimate.needed, estimate.needed) is None
    warning = check_fits(estimate, 10_000, 10**9)
    assert warning is not None
    assert "only 10 kB are available at the moment" in warning
    with pytest.raises(MemoryBudgetError) as error:
        check_fits(estimate, 10_000, 20_000)
    for part in (
        "the device has 20 kB", "layers[0].heads[0] builds its expansion of D = 10,100 columns",
        "no contraction rule fits taylor_expansion with hypernet_reconciliation",
        "there are rules for", "dual_lphm_reconciliation", "lorr_reconciliation",
    ):  # fmt: skip
        assert part in str(error.value)


def test_the_advice_is_true() -> None:
    """Each reconciliation that is named does contract the expansion without building it."""
    for expansion in ({"name": "taylor_expansion", "d": 2}, "combinatorial_expansion"):
        built = network(expansion, "identity_reconciliation", (100, 5)).layers[0].heads[0]
        assert isinstance(built, Head)
        names = alternatives(built.expansion)
        assert "dual_lphm_reconciliation" in names
        for name in names:
            model = network(expansion, name, (100, 50))
            rows = 4096  # kappa would take far more than W
            with LiveBytes() as record, torch.no_grad():
                model(torch.zeros(rows, 100))
            assert record.peak < rows * built.expansion.D * 4 / 2, name


def test_dense_expansions_that_no_machine_holds() -> None:
    wide = {"name": "taylor_expansion", "d": 3}
    match = r"layers\[0\].*more than the memory budget.*dual_lphm"
    with memory_budget(1 << 30), pytest.raises(MemoryBudgetError, match=match):
        network(wide, "identity_reconciliation", (784, 10))
    slim = network(wide, "dual_lphm_reconciliation", (784, 10))  # the same D = 482,505,744
    assert slim.num_parameters < 100_000
    rbf = {"name": "gaussian_rbf_expansion", "num_interval": 10_000}
    with memory_budget(1 << 30):
        none = network(rbf, "dual_lphm_reconciliation", (784, 10))
        with pytest.raises(MemoryBudgetError, match=r"gaussian_rbf_expansion: an expanded batch"):
            estimate_memory(none, torch.empty(256, 784), optim.AdamW)


def test_matrices_that_do_not_fit_are_refused_before_they_are_built() -> None:
    net = {"name": "hypernet_reconciliation", "l": 1, "hidden_dim": 1}
    model = network("identity_expansion", net, (2000, 600))
    with memory_budget(4_000_000), pytest.raises(MemoryBudgetError, match="the matrix W of hypern"):
        model(torch.zeros(2, 2000))


class Unknowable(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * float(x.detach().numpy().max())


def test_what_cannot_be_told_is_said() -> None:
    model = network("identity_expansion", "identity_reconciliation", (4, 3))
    model.layers.append(Unknowable())
    with pytest.raises(NotImplementedError, match="cannot be told in advance"):
        estimate_memory(model, torch.empty(2, 4), optim.SGD)


def test_training_goes_the_same_way_with_the_report(caplog: pytest.LogCaptureFixture) -> None:
    states = []
    for callbacks in ([], [MemoryReport()]):
        task = ClassificationTask({"dims": [4, 8, 3]}, seed=1)
        with caplog.at_level(logging.INFO, logger="rpn_zoo.training.memory"):
            quiet_trainer(2, callbacks=callbacks).fit(task, make_classes())
        states.append(task.state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    lines = [r.getMessage() for r in caplog.records if r.name == "rpn_zoo.training.memory"]
    assert len(lines) == 1, "once, before the first step"
    assert lines[0].startswith("memory: about ")
    assert "with a batch of 16" in lines[0]


def test_the_report_refuses_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rpn_zoo.training.memory.device_memory", lambda device: (10, 20))
    task = ClassificationTask({"dims": [4, 8, 3]})
    before = {k: v.clone() for k, v in task.state_dict().items()}
    with pytest.raises(MemoryBudgetError, match="the device has 20 B"):
        quiet_trainer(callbacks=[MemoryReport()]).fit(task, make_classes())
    assert all(torch.equal(before[key], value) for key, value in task.state_dict().items())


def test_optimizer_configs_are_understood() -> None:
    model = network("identity_expansion", "identity_reconciliation", (4, 3))
    config = OptimizerConfig(name="sgd", options={"momentum": 0.9})
    assert estimate_memory(model, torch.empty(2, 4), config.build).optimizer == 4 * 4 * 3


def test_an_impossible_fit_ends_before_its_first_step(cli: CommandLine, tmp_path: Path) -> None:
    small = yaml.safe_load(Path(QUICK[2]).read_text())
    head = {"expansion": {"name": "gaussian_rbf_expansion", "num_interval": 100_000},
            "reconciliation": "dual_lphm_reconciliation"}  # fmt: skip
    small["model"]["init_args"]["network"]["layers"] = [{"heads": [head]}]
    (tmp_path / "wide.yaml").write_text(json.dumps(small))
    outcome = cli("fit", "--config", "wide.yaml", "--run.folder=wide", cwd=tmp_path)
    assert outcome.status == 1
    assert "gaussian_rbf_expansion: an expanded batch (b = 256, D = 78,400,000" in outcome.err


def test_memory_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    available, total = device_memory(torch.device("cpu"))
    assert 0 < available <= total
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (groups / "job" / "step").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text("0::/job/step\n")
    (proc / "meminfo").write_text("MemTotal: 64 kB\nMemAvailable: 32000 kB\n")
    (groups / "job" / "memory.max").write_text("9000000\n")
    (groups / "job" / "memory.current").write_text("5000000\n")
    (groups / "job" / "memory.stat").write_text("anon 1\ninactive_file 1000000\n")
    (groups / "job" / "step" / "memory.max").write_text("max\n")
    monkeypatch.setattr(machine, "PROC", proc)
    monkeypatch.setattr(machine, "CGROUP", groups)
    assert machine.total_memory.__wrapped__() == 9_000_000
    assert machine.available_memory() == 5_000_000
    monkeypatch.setattr(machine, "PROC", tmp_path / "none")
    assert machine.available_memory() == machine.total_memory.__wrapped__() > 0


def test_an_estimate_without_heads_has_a_line() -> None:
    assert "about 15 B" in str(MemoryEstimate(1, 1, 2, 4, 8, ()))
