"""Every section of the benchmark at tiny sizes: structure of the results, never seconds."""

from __future__ import annotations

import contextlib
import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import (
    agreement,
    crossover,
    data,
    functions,
    memory,
    pairs,
    rule_memory,
    splines,
    steps,
)
from benchmarks.networks import mlp, training_step
from benchmarks.oracles import ORACLES
from benchmarks.remote import RemoteStep
from benchmarks.results import Quantity, Section
from benchmarks.settings import Settings
from benchmarks.timing import MIN_ROUNDS, interleave, seconds_of
from benchmarks.ways import dense_contraction, rules_at_every_size
from rpn_zoo import functions as components
from rpn_zoo.data import stochastic_block_model
from rpn_zoo.data.node_table import write_nodes
from rpn_zoo.functions.contraction import contract, contract_dense, rules
from rpn_zoo.functions.fused import contract_fused
from rpn_zoo.nn import RPN, channels

Networks = dict[str, dict[str, Any]]


def check(section: Section, rows: int) -> None:
    """All rows alike, all numbers finite and not negative."""
    assert len(section.rows) == rows
    assert len({tuple(row) for row in section.rows}) == 1
    quantities = [c for row in section.rows for c in row.values() if isinstance(c, Quantity)]
    quantities += [goal.reached for goal in section.goals]
    assert quantities
    for q in quantities:
        assert math.isfinite(q.value)
        assert q.value >= 0
        assert q.low is None or q.high is None or q.low <= q.value <= q.high


def test_interleaving_takes_turns(settings: Settings) -> None:
    calls: list[str] = []
    work = {name: lambda name=name: calls.append(name) for name in "ab"}
    samples = interleave(work, settings)
    assert calls[4:] == ["a", "b", "b", "a", "a", "b"], "after two warm-up calls each"
    assert {len(s) for s in samples.seconds.values()} == {MIN_ROUNDS}


def test_steps(settings: Settings, networks: Networks) -> None:
    def here(config: dict[str, Any], way: str, settings: Settings) -> Any:
        step = training_step(config, way, settings)
        return contextlib.nullcontext(lambda calls: seconds_of(step, settings, calls))

    section = steps.measure(settings, networks, here)
    check(section, rows=1)
    assert section.rows[0]["dense / structured"] is not None
    assert not section.goals, "the goals are those of the flagship"


def test_a_step_in_a_process_of_its_own(settings: Settings, networks: Networks) -> None:
    with RemoteStep(networks["tiny"], "dense", settings) as timer:
        assert timer(2) > 0
        timer.process.kill()
        with pytest.raises(RuntimeError, match="'dense' ended early"):
            timer(1)


def test_steps_learn_alike_in_both_ways(settings: Settings, networks: Networks) -> None:
    ways = [gradients_of_a_step(networks["tiny"], way, settings) for way in ("structured", "dense")]
    torch.testing.assert_close(ways[0], ways[1], rtol=1e-3, atol=1e-4)


def gradients_of_a_step(config: dict[str, Any], way: str, settings: Settings) -> torch.Tensor:
    step = training_step(config, way, settings)
    before = [p.clone() for p in step.network.parameters()]
    step()
    after = list(step.network.parameters())
    assert not any(map(torch.equal, before, after))
    return torch.cat([p.grad.flatten() for p in after if p.grad is not None])


def test_memory(settings: Settings, networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = {"structured": 1000, "dense": 50_000, "mlp": 100}
    monkeypatch.setattr(
        memory, "run_worker", lambda config, way, settings: {"bytes": peaks[way], "method": "none"}
    )
    section = memory.measure(settings, networks)
    check(section, rows=1)
    assert section.rows[0]["structured / dense"] == Quantity(0.02, "%")
    assert not section.goals, "the network is too small for a share to mean something"


def test_memory_of_a_worker(settings: Settings, networks: Networks) -> None:
    answer = memory.run_worker(networks["tiny"], "structured", settings)
    assert answer.keys() == {"bytes", "method"}


def test_agreement_of_networks_and_of_one_pair_for_each_rule(
    settings: Settings, networks: Networks
) -> None:
    by_rule = {pair.rule: pair for pair in pairs.rule_pairs()}
    assert set(by_rule) == {entry.rule.__name__ for entry in rules()}, "a rule has no pair"
    section = agreement.measure(settings, networks, by_rule.values())
    check(section, rows=1 + len(by_rule))
    assert all(goal.met for goal in section.goals)


def test_a_difference_is_found() -> None:
    layer = torch.nn.Linear(3, 2, bias=False).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    parts = agreement.compare(layer, x, layer, lambda x: 2 * layer(x))
    assert parts == pytest.approx({"output": 0.5, "input": 0.5, "weight": 0.5})


def test_every_function_has_an_oracle() -> None:
    assert set(ORACLES) == set(components.list())


@pytest.mark.timeout(900)  # 45 s on a core of its own
def test_functions(settings: Settings) -> None:
    section = functions.measure(settings, width=12)
    check(section, rows=len(components.list()) + len(functions.VARIANTS))
    labels = {str(row["function"]) for row in section.rows}
    assert labels >= set(functions.TIMES_FASTER)


def test_a_wide_expansion_is_measured_at_a_smaller_width(settings: Settings) -> None:
    component, (x,), _ = functions.prepare("taylor_expansion", Settings(batch=4096), width=60)
    assert x.shape == (4096, 30)
    assert x.numel() // 30 * component.D <= functions.DENSE_NUMBERS


def test_splines(settings: Settings) -> None:
    section = splines.measure(settings, widths=[7, 4, 3], grids=[5, 30])
    check(section, rows=2)
    (goal,) = section.goals
    assert goal.reached == section.rows[0]["KAN / MLP"]


def test_data(settings: Settings) -> None:
    plain = data.Case("digits", "rpn_zoo.data.MNIST", {"source": "subset", "batch_size": 4000})
    section = data.measure(settings, [plain])
    check(section, rows=1)
    assert "8,000 rows" in str(section.rows[0]["data"])


def test_data_without_files_and_whole_graphs(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RPN_ZOO_DATA", raising=False)
    write_nodes(tmp_path / "blocks.npz", stochastic_block_model())
    chosen = [
        data.Case("sums", "rpn_zoo.data.Equations", {"num": 400, "batch_size": 50}),
        data.Case("blocks", "rpn_zoo.data.NodeData", {"path": "blocks.npz"}),
        data.Case("cora", "rpn_zoo.data.Planetoid", {"name": "cora"}),
    ]
    section = data.measure(settings, chosen)
    check(section, rows=1)
    assert "200 rows" in str(section.rows[0]["data"])
    assert "blocks was not timed: its only batch is the whole graph." in section.notes
    assert any(note.startswith("cora was not timed: planetoid/cora.npz") for note in section.notes)


def test_data_of_the_configs() -> None:
    found = list(data.cases())
    assert found
    assert len({case.label for case in found}) == len(found)


def test_memory_of_the_rules(settings: Settings) -> None:
    by_rule = {pair.rule: pair for pair in pairs.rule_pairs()}
    section = rule_memory.measure(settings, by_rule.values())
    check(section, rows=len(by_rule))
    (goal,) = section.goals
    assert goal.met, goal.what


def test_memory_of_a_wide_rule_is_seen(settings: Settings) -> None:
    kappa = components.create("taylor_expansion", m=40)
    psi = components.create("dual_lphm_reconciliation", n=8, D=kappa.D)
    pair = pairs.Pair("wide", "dense", kappa, psi)
    unit = 4 * (settings.batch * 40 + psi.l + settings.batch * 8)
    inference, training = rule_memory.held(pair, contract_dense, settings)
    wide = 4 * (settings.batch + 8) * kappa.D / unit
    assert wide <= inference <= training <= 4 * wide


def test_crossover(settings: Settings) -> None:
    kind = next(iter(crossover.kinds()))
    small = crossover.Kind(kind.expansion, kind.reconciliation, (4, 8), kind.criterion, kind.size)
    section = crossover.measure(settings, [small])
    check(section, rows=1)
    points = section.details[kind.label]["points"]
    assert [size for size, _ in points] == [n * 4 * 5 for n in crossover.OUTPUTS[::2]]


@pytest.mark.parametrize("kind", crossover.kinds(), ids=lambda kind: kind.label)
def test_the_rules_of_the_crossover_exist(kind: crossover.Kind) -> None:
    kappa = components.create(kind.expansion, m=4)
    psi = components.create(kind.reconciliation, n=4, D=kappa.D)
    with rules_at_every_size():
        x = torch.rand(3, 4)
        expected = contract_dense(kappa, psi, x)
        torch.testing.assert_close(contract(kappa, psi, x), expected, rtol=1e-4, atol=1e-5)


def test_ways_leave_everything_as_it_was(networks: Networks) -> None:
    table = rules()
    network, x = RPN(networks["tiny"]), torch.rand(2, 48)
    with dense_contraction():
        assert channels.contract is contract_dense
        assert channels.contract_fused is not contract_fused
        network(x)
    with rules_at_every_size():
        assert rules() != table
    assert channels.contract is contract
    assert channels.contract_fused is contract_fused
    assert rules() == table


def test_an_mlp_has_the_widths() -> None:
    layers = [m for m in mlp([5, 4, 3]) if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in layers] == list(itertools.pairwise([5, 4, 3]))
