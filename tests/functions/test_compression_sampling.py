"""Sampling compressions: the laws of their draws, seeds, copies, and their most probable value."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
from collections import Counter
from typing import Any

import pytest
import torch
from torch import Tensor, distributions

from rpn_zoo import functions
from rpn_zoo.functions.compression import choosing, tuples
from rpn_zoo.nn import RPN

NORMAL = "naive_normal_probabilistic_compression"
DRAWS = 20_000


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_share(share: Tensor | float, expected: Tensor | float, draws: int = DRAWS) -> None:
    """A share is within 4.5 standard errors of a probability."""
    share, p = torch.as_tensor(share).double(), torch.as_tensor(expected).double()
    error = (p * (1 - p) / draws).sqrt().clamp(min=1 / draws)
    assert ((share - p).abs() < 4.5 * error).all(), (share, p)


def successive(weights: dict[Any, float], k: int) -> dict[frozenset[Any], float]:
    """The probabilities of the sets that k successive draws without replacement give."""
    total = sum(weights.values())
    sets: dict[frozenset[Any], float] = {}
    for order in itertools.permutations(weights, k):
        left, p = total, 1.0
        for item in order:
            p *= weights[item] / left
            left -= weights[item]
        sets[frozenset(order)] = sets.get(frozenset(order), 0.0) + p
    return sets


# --- the pure functions ---------------------------------------------------------------------------


def test_draws_are_successive() -> None:
    w = torch.tensor([0.5, 0.05, 0.3, 0.0, 0.15])
    drawn = choosing.draw(w.log().expand(DRAWS, -1), 3, generator())
    assert (drawn.diff(dim=1) > 0).all()
    counts = Counter(map(frozenset, drawn.tolist()))
    expected = successive({i: float(v) for i, v in enumerate(w) if v > 0}, 3)
    assert counts.keys() == expected.keys()
    for chosen, p in expected.items():
        assert_share(counts[chosen] / DRAWS, p)


def test_draws_with_replacement_are_independent() -> None:
    w = torch.tensor([0.5, 0.0, 0.3, 0.2, 0.0])
    drawn = choosing.draw_with_replacement((7 * w).log().expand(DRAWS, -1), 2, generator())
    assert (drawn.diff(dim=1) >= 0).all()
    counts = Counter(map(tuple, drawn.tolist()))
    for i, j in itertools.combinations_with_replacement((0, 2, 3), 2):
        assert_share(counts.pop((i, j)) / DRAWS, float(w[i] * w[j]) * (1 if i == j else 2))
    assert not counts


def test_weights_of_any_size() -> None:
    """Densities underflow where their logarithms do not."""
    log_weights = torch.tensor([[-5000.0, -5001.0, -9000.0]]).expand(DRAWS, -1)
    p = 1 / (1 + math.exp(-1))
    for draw in (choosing.draw, choosing.draw_with_replacement):
        first = draw(log_weights, 1, generator())[:, 0]
        assert_share((first == 0).double().mean(), p)
        assert (first < 2).all()


def test_most_probable_choices() -> None:
    log_weights = torch.tensor([[0.2, 0.2, 0.1, 0.2, 0.3], [0.0, 1.0, 1.0, torch.nan, -torch.inf]])
    assert choosing.most_probable(log_weights, 2).tolist() == [[0, 4], [1, 3]]
    assert choosing.most_probable(log_weights, 5).tolist() == [[0, 1, 2, 3, 4]] * 2
    for k in (1, 2, 3, 5):
        for seed in range(5):
            w = torch.rand(1, 4, generator=generator(seed), dtype=torch.float64) + 0.01
            best = choosing.most_probable_with_replacement(w.log(), k)[0].tolist()

            def probability(chosen: tuple[int, ...], w: Tensor = w) -> float:
                counts = Counter(chosen).values()
                ways = math.factorial(len(chosen)) / math.prod(map(math.factorial, counts))
                return ways * math.prod(float(w[0, i]) for i in chosen)

            every = itertools.combinations_with_replacement(range(4), k)
            assert probability(tuple(best)) == pytest.approx(max(map(probability, every)))


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize(("m", "r", "k"), [(4, 2, 2), (4, 3, 1), (3, 2, 3)])
def test_tuples_are_drawn_successively(m: int, r: int, k: int, replacement: bool) -> None:
    log_weights = torch.tensor([0.3, -1.0, 0.8, 0.0])[:m]
    drawn = tuples.draw_tuples(log_weights.expand(DRAWS, -1), r, k, replacement, generator())
    combine = itertools.combinations_with_replacement if replacement else itertools.combinations
    weights = {t: math.exp(sum(float(log_weights[i]) for i in t)) for t in combine(range(m), r)}
    counts = Counter(frozenset(map(tuple, row)) for row in drawn.tolist())
    expected = successive(weights, k)
    assert counts.keys() <= expected.keys()
    for chosen, p in expected.items():
        assert_share(counts[chosen] / DRAWS, p)
    for row in drawn[:50].tolist():
        assert row == sorted(row), "in lexicographic order"


@pytest.mark.parametrize("rounds", [0, 1, 30])
def test_a_table_finishes_what_is_left(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    monkeypatch.setattr(tuples, "ROUNDS", rounds)
    draws = 3000
    log_weights = torch.tensor([6.0, 6.0, 0.0, -3.0])
    drawn = tuples.draw_tuples(log_weights.expand(draws, -1), 2, 2, False, generator())
    expected = successive(
        {(i, j): math.exp(float(log_weights[i] + log_weights[j]))
         for i, j in itertools.combinations(range(4), 2)}, 2,
    )  # fmt: skip
    counts = Counter(frozenset(map(tuple, row)) for row in drawn.tolist())
    for chosen, p in expected.items():
        assert_share(counts[chosen] / draws, p, draws)


def test_many_features() -> None:
    log_weights = torch.rand(2, 784, generator=generator())
    drawn = tuples.draw_tuples(log_weights.repeat_interleave(200, 0), 2, 16, False, generator(1))
    assert drawn.shape == (400, 16, 2)
    assert (drawn[..., 0] < drawn[..., 1]).all()
    keys = drawn[..., 0] * 784 + drawn[..., 1]
    assert (keys.diff(dim=1) > 0).all()
    # The heavier half of the features is drawn more often, by as much as its weights say.
    for row in range(2):
        heavy = log_weights[row] > log_weights[row].median()
        share = heavy[drawn[row * 200 : (row + 1) * 200]].double().mean()
        expected = log_weights[row].softmax(0)[heavy].sum()
        assert_share(share, expected, draws=200 * 16)


def test_tables_that_would_be_too_large() -> None:
    log_weights = torch.full((1, 3000), -1e4)
    log_weights[0, :3] = 0
    with pytest.raises(
        ValueError, match="differ too much to draw k different 2-tuples of m = 3000"
    ):
        tuples.draw_tuples(log_weights, 2, 4, False, generator())
    with pytest.raises(ValueError, match=r"fewer than k = 4 tuples with a probability above 0"):
        tuples.draw_tuples(torch.tensor([[0.0, 0, 0, -torch.inf]]), 2, 4, False, generator())


# --- modes, seeds, copies -------------------------------------------------------------------------


def test_training_draws_and_evaluation_does_not() -> None:
    f = functions.create(NORMAL, m=30, k=5)
    x = torch.randn(4, 30, generator=generator())
    assert not torch.equal(f(x), f(x))
    f.eval()
    y = f(x)
    assert torch.equal(f(x), y)
    best = f.log_weights(x).topk(5).indices.sort(dim=1).values
    assert torch.equal(y, x.gather(1, best))


@pytest.mark.parametrize("name", [NORMAL, "combinatorial_compression"])
def test_seeds_and_copies(name: str) -> None:
    x = torch.randn(8, 30, generator=generator())

    def make(seed: int) -> Any:
        return functions.create(name, m=30, k=3, generator=generator(seed))

    f, same, other = make(1), make(1), make(2)
    first = f(x)
    assert torch.equal(same(x), first)
    assert not torch.equal(other(x), first)
    before = torch.get_rng_state()
    for twin in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        again = copy.deepcopy(f)
        for _ in range(3):
            assert torch.equal(twin(x), again(x))
    assert torch.equal(torch.get_rng_state(), before)
    f.sample_generator.manual_seed(7)
    same.sample_generator.manual_seed(7)
    assert torch.equal(f(x), same(x))


def test_the_seed_of_a_network_decides_its_draws() -> None:
    heads = [{"expansion": {"name": NORMAL, "k": 4}}] * 2
    config = {"dims": [30, 2], "layers": [{"heads": heads}]}
    x = torch.arange(30.0).expand(3, -1)

    def drawn(seed: int) -> list[list[float]]:
        layer = RPN(config, seed=seed).layers[0]
        return [head.expansion(x).flatten().tolist() for head in layer.heads]

    assert drawn(1) == drawn(1)
    assert len({tuple(v) for v in (*drawn(1), *drawn(2))}) == 4


# --- values ---------------------------------------------------------------------------------------


def test_gradients_reach_what_was_chosen() -> None:
    for options in ({}, {"simply_sampling": False}, {"simply_sampling": False, "log_prob": True}):
        f = functions.create({"name": NORMAL, **options}, m=6, k=2)
        x = torch.randn(50, 6, generator=generator(), dtype=torch.float64).requires_grad_()
        y = f(x)
        assert y.requires_grad
        (g,) = torch.autograd.grad(y.sum(), x)
        assert ((g != 0).sum(1) == 2).all()
    assert g.isfinite().all()


def test_half_precision_tells_neighbours_apart() -> None:
    x = torch.tensor([[0.5, 0.4995, 1.0, 0.501]], dtype=torch.float16)
    f = functions.create(NORMAL, m=4, k=2).eval()
    assert f(x).tolist() == x[:, :2].tolist()


def test_features_outside_the_support_are_never_drawn() -> None:
    options = {"distribution_function": {"name": "exponential"}, "require_normalization": False}
    f = functions.create({"name": "naive_probabilistic_compression", **options}, m=4, k=2)
    x = torch.tensor([[-1.0, 2.0, 0.0, -3.0]]).expand(100, -1)
    for mode in (True, False):
        assert (f.train(mode)(x) == torch.tensor([2.0, 0.0])).all()
        with pytest.raises(
            ValueError, match="fewer than k = 2 features of a row lie in the support"
        ):
            f(-x.abs())
    narrow = functions.create("naive_uniform_probabilistic_compression", m=3, k=1, high=0.5)
    assert not narrow.all_possible
    assert (narrow(torch.tensor([[3.0, -3.0, 2.0]]).expand(50, -1)) == -3).all()
    assert functions.create("naive_uniform_probabilistic_compression", m=3, k=1).all_possible


def test_large_values_without_normalization() -> None:
    f = functions.create(NORMAL, m=3, k=2, require_normalization=False)
    assert (f(torch.tensor([[400.0, -900.0, 300.0]]).expand(20, -1))
            == torch.tensor([400.0, 300.0])).all()  # fmt: skip


def test_ready_distributions_and_functions() -> None:
    f = functions.create(
        "naive_probabilistic_compression", m=3, k=1, metric=torch.neg,
        distribution_function=distributions.Normal(2.0, 0.1), require_normalization=False,
    )  # fmt: skip
    assert f.eval()(torch.tensor([[2.0, -2.0, 0.0]])).tolist() == [[-2.0]]
    with pytest.raises(TypeError, match="given as an object"):
        _ = f.config
    reducing = functions.create(NORMAL, m=3, k=1, metric=lambda x: x.sum(1))
    with pytest.raises(ValueError, match=r"metric must keep the shape \(2, 3\), got \(2,\)"):
        reducing(torch.ones(2, 3))


def test_order_of_combinations() -> None:
    x = torch.tensor([[10.0, 11.0, 12.0]])
    f = functions.create("combinatorial_compression", m=3, d=2, k=3)
    expected = [10, 10, 11, 11, 10, 12, 12, 11, 12]
    for mode in (True, False):
        assert f.train(mode)(x)[0].tolist() == expected
    squashed = functions.create("combinatorial_compression", m=3, d=2, k=3, simply_sampling=False)
    assert squashed.D == 9
    q = 0.99 * x[0].sigmoid() + 0.001
    torch.testing.assert_close(squashed(x)[0], q[torch.tensor(expected) - 10])
    every = functions.create("combinatorial_compression", m=3, d=3, k=1)
    assert every(x)[0, 3:].tolist() == [10, 11, 12]


@pytest.mark.parametrize("replacement", [False, True])
def test_the_most_probable_combinations_need_few_features(replacement: bool) -> None:
    for m, r, k in ((9, 2, 5), (8, 3, 7), (6, 2, 15), (5, 4, 2)):
        f = functions.create(
            "combinatorial_compression", m=m, d=r, k=min(k, m), with_replacement=replacement
        ).eval()
        x = torch.randn(20, m, generator=generator(m), dtype=torch.float64)
        combine = itertools.combinations_with_replacement if replacement else itertools.combinations
        table = torch.tensor(list(combine(range(m), r)))
        weights = f.log_weights(x)[:, table].sum(-1)
        best = weights.topk(f.k).indices.sort(dim=1).values
        assert torch.equal(f.choose(x)[-1], table[best])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (NORMAL, {"k": 0}, r"k must be an integer >= 1, got 0"),
        (NORMAL, {"k": 5}, r"k must be <= m = 4, got k = 5"),
        (NORMAL, {"k": 2, "std": 0}, r"std must be > 0, got 0\.0"),
        (NORMAL, {"k": 2, "metric": "tahn"}, r"metric: unknown function 'tahn'.*Did you mean tanh"),
        (NORMAL, {"k": 2, "metric": 3}, r"metric must be a function or the name of one, got 3"),
        (NORMAL, {"k": 2, "log_prob": 1}, r"log_prob must be true or false, got 1"),
        (
            "naive_uniform_probabilistic_compression",
            {"k": 2, "low": 1},
            r"low must be < high, got 1\.0, 1\.0",
        ),
        (
            "naive_probabilistic_compression",
            {"k": 2, "distribution_function": "gama"},
            r"distribution_function must be one of .*Did you mean gamma",
        ),
        (
            "naive_probabilistic_compression",
            {"k": 2, "distribution_function": {"name": "normal", "sd": 2}},
            r"a parameter of normal must be one of mean, std, got 'sd'",
        ),
        ("combinatorial_compression", {"d": 3, "k": 5}, r"k must be <= 4, .* 1 of m = 4 features"),
        ("combinatorial_compression", {"d": 4, "k": 2}, r"k must be <= 1, .* 4 of m = 4 features"),
        ("combinatorial_compression", {"d": 5}, r"d must be <= m = 4 without replacement"),
        ("combinatorial_compression", {"d": 32, "with_replacement": True}, r"m\^d must be below"),
    ],
)  # fmt: skip
def test_bad_options(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create({"name": name, **options}, m=4)
