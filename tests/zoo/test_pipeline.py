from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_zoo.nn import RPN
from rpn_zoo.zoo import Pipeline, Zoo, load_pipeline
from tests.zoo.builders import DIGITS, NAME, PREPROCESS, digits, make_network


@pytest.fixture
def pipeline(zoo: Zoo, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setattr(Zoo, "default", classmethod(lambda cls: zoo))
    return load_pipeline(NAME, batch_size=7)


def test_predictions(pipeline: Pipeline) -> None:
    images = digits().split("test")[0][:20]
    expected = make_network()(PREPROCESS(images)).detach()
    probabilities = pipeline.predict_proba(images.numpy())
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected.softmax(1), atol=1e-6)
    labels = pipeline.predict(images)
    assert labels.dtype == np.int64
    assert labels.tolist() == expected.argmax(1).tolist()
    assert pipeline.classes_.tolist() == list(range(10))


def test_forms_of_raw_data_agree(pipeline: Pipeline) -> None:
    images = digits().split("test")[0][:9]
    before = images.clone()
    forms = [images, images.numpy(), images.flatten(1), images.flatten(1).numpy(),
             np.asfortranarray(images.numpy())]  # fmt: skip
    results = [pipeline.logits(form) for form in forms]
    assert all(np.array_equal(result, results[0]) for result in results)
    assert torch.equal(images, before)


def test_rows_do_not_depend_on_batches(pipeline: Pipeline) -> None:
    images = digits().split("test")[0][:20]
    whole = pipeline.logits(images)
    pipeline.batch_size = 3
    np.testing.assert_allclose(pipeline.logits(images), whole, atol=1e-6)
    assert pipeline.predict_proba(images[:0]).shape == (0, 10)
    assert pipeline.predict(images[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (np.zeros((28, 28), np.uint8), "leading dimension"),
        (np.zeros((2, 27, 28), np.uint8), "shape"),
        (np.zeros((2, 28, 28), np.float32), "uint8"),
        (torch.zeros(2, 784), "uint8"),
        (np.zeros(784, np.uint8), r"rows along .* shape \(784,\)"),
        ([[0] * 784], "got list"),
        (None, "got NoneType"),
    ],
)
def test_bad_raw_data(pipeline: Pipeline, raw: object, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        pipeline.predict(raw)  # type: ignore[arg-type]


def test_text_classes_without_preprocessing() -> None:
    pipeline = Pipeline(RPN({"dims": [4, 2]}), None, ("no", "yes"))
    assert set(pipeline.predict(torch.randn(50, 4))) <= {"no", "yes"}
    assert pipeline.predict(np.ones((3, 4))).shape == (3,)
    with pytest.raises(ValueError, match=r"floating point of shape \(N, 4\)"):
        pipeline.predict(np.ones((3, 5)))
    with pytest.raises(ValueError, match="one name for each of the 2 outputs, got 10"):
        Pipeline(RPN({"dims": [4, 2]}), None, DIGITS)


def test_no_gradients_and_evaluation_mode() -> None:
    network = RPN({"dims": [4, 2]}).train()
    pipeline = Pipeline(network, None, ("a", "b"))
    assert not network.training
    pipeline.predict(torch.ones(2, 4))
    assert all(p.grad is None for p in network.parameters())
