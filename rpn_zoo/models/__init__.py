"""Ready architectures: builders that return a plain RPN."""

from rpn_zoo.models.cnn import cnn
from rpn_zoo.models.gat import gat
from rpn_zoo.models.gcn import gcn
from rpn_zoo.models.kan import kan
from rpn_zoo.models.mlp import mlp
from rpn_zoo.models.naive_bayes import naive_bayes
from rpn_zoo.models.pgm import pgm
from rpn_zoo.models.resnet import resnet
from rpn_zoo.models.rnn import regression_rnn, rnn
from rpn_zoo.models.svm import svm
from rpn_zoo.models.transformer import transformer

__all__ = [
    "cnn",
    "gat",
    "gcn",
    "kan",
    "mlp",
    "naive_bayes",
    "pgm",
    "regression_rnn",
    "resnet",
    "rnn",
    "svm",
    "transformer",
]
