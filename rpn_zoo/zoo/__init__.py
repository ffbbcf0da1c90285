"""The zoo: pretrained entries with cards, loaded only after they were verified."""

from rpn_zoo.zoo.card import Card, load_card
from rpn_zoo.zoo.entries import Zoo, create_model, list_models, load_model, model_card
from rpn_zoo.zoo.entry import Entry
from rpn_zoo.zoo.evaluation import evaluate
from rpn_zoo.zoo.flops import flops_per_sample
from rpn_zoo.zoo.pipeline import Pipeline, load_pipeline
from rpn_zoo.zoo.verification import VerifyReport, verify
from rpn_zoo.zoo.weights import WeightsError, load_weights, save_weights

__all__ = [
    "Card",
    "Entry",
    "Pipeline",
    "VerifyReport",
    "WeightsError",
    "Zoo",
    "create_model",
    "evaluate",
    "flops_per_sample",
    "list_models",
    "load_card",
    "load_model",
    "load_pipeline",
    "load_weights",
    "model_card",
    "save_weights",
    "verify",
]
