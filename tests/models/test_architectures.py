"""Architectures against the same networks in torch, and what their builders promise."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rpn_zoo import functions, models
from rpn_zoo.nn import RPN, batch_dependent

GRAPH: dict[str, Any] = {"nodes": 5, "links": [[0, 1], [1, 2], [2, 3], [3, 0], [3, 4]]}
ADJACENCY = torch.zeros(5, 5, dtype=torch.float64)
for source, target in GRAPH["links"]:
    ADJACENCY[source, target] = ADJACENCY[target, source] = 1.0


def data(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def weights(network: RPN) -> list[Tensor]:
    """W of the first head of every layer that has one."""
    heads: list[Any] = [layer.heads[0] for layer in network.layers]  # type: ignore[union-attr]
    return [h.reconciliation.weight()[0] for h in heads if h.reconciliation is not None]


BUILDERS: dict[str, tuple[Callable[[], RPN], tuple[int, ...]]] = {
    "svm": (lambda: models.svm([4, 3]), (6, 4)),
    "svm_linear": (lambda: models.svm([4, 5, 3], kernel="linear"), (6, 4)),
    "naive_bayes": (lambda: models.naive_bayes([4, 3], distribution="gamma"), (6, 4)),
    "pgm": (lambda: models.pgm([4, 3], reconciliation="lorr_reconciliation"), (6, 4)),
    "cnn": (lambda: models.cnn((2, 6, 6), [3, 4], [5, 3], pool_every=2), (6, 72)),
    "cnn_taylor": (
        lambda: models.cnn((1, 4, 4), [2], [3], expansion="taylor_expansion", dropout=0.1),
        (6, 16),
    ),
    "resnet": (lambda: models.resnet((2, 6, 6), [3, 4], [5, 3], dropout=0.1), (6, 72)),
    "rnn": (
        lambda: models.rnn(4, [2, 3, 3, 2], chain="multihop_chain_interdependence", dropout=0.1),
        (6, 8),
    ),
    "regression_rnn": (lambda: models.regression_rnn(4, [1, 3, 2]), (6, 4)),
    "gcn": (lambda: models.gcn([3, 16, 2], GRAPH, dropout=0.0, width=2), (5, 3)),
    "gat": (lambda: models.gat([3, 16, 2], GRAPH, dropout=0.0), (5, 3)),
    "transformer": (lambda: models.transformer([3, 4], [5, 2], length=4, width=2), (6, 12)),
    "transformer_rows": (lambda: models.transformer([3, 4], [2]), (6, 3)),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_every_architecture_is_a_plain_rpn_that_learns(name: str) -> None:
    build, shape = BUILDERS[name]
    network = build().double()
    config = copy.deepcopy(network.config)
    x = data(*shape)
    outputs = network.eval()(x)
    assert outputs.shape == (shape[0], network.dims[-1])
    again = RPN(config, seed=9).double()
    again.load_state_dict(network.state_dict())
    assert torch.equal(again.eval()(x), outputs)
    assert network.config == config

    network.train()
    target = data(*outputs.shape)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = nn.functional.mse_loss(network(x), target)
        optimizer.zero_grad()
        loss.backward()
        assert all(p.grad is not None for p in network.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


def test_every_builder_has_a_case() -> None:
    tested = {name.split("_taylor")[0] for name in BUILDERS} | {"mlp", "kan"}
    assert set(models.__all__) <= tested


def test_svm_is_a_kernel_between_inputs_and_bases() -> None:
    network = models.svm([2, 3], num_interval=3, base_range=(-1.0, 1.0), epsilon=2.0).double()
    x = data(4, 2)
    kernel = torch.exp(-((2.0 * (x.unsqueeze(-1) - torch.tensor([-1.0, 0.0, 1.0]))) ** 2))
    expected = kernel.flatten(1) @ weights(network)[0].T
    torch.testing.assert_close(network(x), expected)
    with pytest.raises(ValueError, match="kernel must be one of linear"):
        models.svm([2, 3], kernel="poly")
    with pytest.raises(ValueError, match="distribution must be one of normal"):
        models.naive_bayes([2, 3], distribution="poisson")


def test_cnn_equals_torch() -> None:
    network = models.cnn((2, 6, 6), [3, 4], [5, 3], pool_every=2).double()
    W = [w.detach() for w in weights(network)]
    reference = nn.Sequential(
        nn.Unflatten(1, (2, 6, 6)),
        nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(),
        nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(36, 5), nn.BatchNorm1d(5), nn.ReLU(),
        nn.Linear(5, 3),
    ).double()  # fmt: skip
    weighted = [m for m in reference if isinstance(m, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        for module, w in zip(weighted, W, strict=True):
            module.weight.copy_(w.view_as(module.weight))
            assert module.bias is not None
            module.bias.zero_()
    x = data(8, 72)
    torch.testing.assert_close(network(x), reference(x), rtol=1e-10, atol=1e-10)
    assert network.num_parameters == sum(p.numel() for p in reference.parameters())
    # The running statistics are the same too: that was a step in training mode.
    torch.testing.assert_close(network.eval()(x), reference.eval()(x), rtol=1e-10, atol=1e-10)


def test_a_residual_layer_adds_its_input() -> None:
    network = models.resnet((2, 4, 4), [2, 3], [3], blocks=1).double()
    same, strided, *_ = network.layers
    x = data(8, 32)
    kernel = same.heads[0].reconciliation.weight().view(2, 2, 3, 3)  # type: ignore[union-attr]
    images = x.view(8, 2, 4, 4)
    main = nn.BatchNorm2d(2).double()(nn.functional.conv2d(images, kernel, padding=1))
    torch.testing.assert_close(same(x), (main + images).relu().flatten(1))
    assert strided(x).shape == (8, 3 * 2 * 2)
    assert [head.attribute_interdependences[0].patch_size for head in strided.heads] == [9, 1]  # type: ignore[union-attr]


def test_rnn_hands_on_the_last_step() -> None:
    network = models.rnn(4, [2, 3, 2]).double()
    W = weights(network)
    x = data(6, 8).view(6, 4, 2)
    h = (x @ W[0].T).relu() @ W[1].T
    shifted = nn.functional.pad(h[:, :-1], (0, 0, 1, 0))
    expected = (h + shifted).relu().mean(1) @ W[2].T
    torch.testing.assert_close(network(x.flatten(1)), expected)


@pytest.mark.parametrize("mode", ["column", "row_column"])
def test_gcn_equals_dense_matrices(mode: str) -> None:
    network = models.gcn([3, 4, 2], GRAPH, normalization_mode=mode).double().eval()
    A = ADJACENCY + torch.eye(5)
    A = functions.processing.resolve(
        "normalization", {"name": "degree_based_normalize_matrix", "mode": mode}, 5
    )[0](A)
    W, x = weights(network), data(5, 3)
    expected = A.T @ (A.T @ x @ W[0].T).relu() @ W[1].T
    torch.testing.assert_close(network(x), expected)
    assert batch_dependent(network)


def test_gat_averages_neighbours_by_bilinear_scores() -> None:
    network = models.gat([3, 4, 2], GRAPH).double().eval()
    x, linked = data(5, 3), (ADJACENCY + torch.eye(5)) > 0
    for layer in network.layers:
        head: Any = layer.heads[0]  # type: ignore[union-attr]
        bilinear = head.instance_interdependences[0].functions[1]
        scores = bilinear.matrix(x).masked_fill(~linked, -torch.inf)
        x = scores.softmax(0).T @ x @ head.reconciliation.weight()[0].T
        x = x.relu() if layer is network.layers[0] else x
    torch.testing.assert_close(network(data(5, 3)), x)


def test_transformer_attends_to_the_positions_of_its_own_row() -> None:
    network = models.transformer([3, 4], [2], length=5).double().eval()
    x = data(6, 15)
    assert not batch_dependent(network)
    torch.testing.assert_close(network(x[:2]), network(x)[:2])
    embedding, attention, *_ = network.layers
    h = embedding(x).view(6, 5, 4)
    head: Any = attention.heads[0]  # type: ignore[union-attr]
    A = head.instance_interdependences[0]
    scores = (h @ A.reconciliation.weight()[0] @ h.mT) / 2.0  # sqrt of 4 attributes
    mixed = scores.softmax(1).mT @ h @ head.reconciliation.weight()[0].T + head.bias + h
    expected = nn.functional.layer_norm(mixed, (4,))
    torch.testing.assert_close(attention(embedding(x)).view(6, 5, 4), expected)


def test_switches_are_checked() -> None:
    with pytest.raises(ValueError, match="dropout must be in"):
        models.cnn((1, 4, 4), [2], [3], dropout=1.0)
    with pytest.raises(ValueError, match="pool_every must be an integer >= 1"):
        models.cnn((1, 4, 4), [2], [3], pool_every=0)
    with pytest.raises(ValueError, match="pooling must be one of max"):
        models.cnn((1, 4, 4), [2], [3], pool_metric="median")
    with pytest.raises(ValueError, match="h must be an integer >= 1"):
        models.cnn((1, 0, 4), [2], [3])
    with pytest.raises(ValueError, match="readout must be one of mean, all"):
        models.rnn(4, [2, 3, 2], last="first")
    with pytest.raises(ValueError, match="unknown 9 in link 0"):
        models.gcn([3, 2], {"nodes": 2, "links": [[0, 9]]})
