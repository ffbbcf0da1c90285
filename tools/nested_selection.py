"""What a recipe reaches if its scaling range and penalty are chosen anew in every training part.

    python tools/nested_selection.py pima --ranges 0.25 0.5 0.7 1 2 --alphas 0.1 1 10 100

The recipes of small tables were chosen by cross-validation on other folds of the same rows. This
script tells what that is worth: for each outer fold of the reported seeds it chooses among all
ranges (-r, r) and penalties by cross-validation within the training part, and scores the choice on
the test part.
"""

from __future__ import annotations

import argparse
import itertools
import logging
from collections import Counter
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold

from rpn_zoo.data import TableEncoder
from rpn_zoo.training.least_squares import LeastSquares
from rpn_zoo.training.linear_model import make_design
from rpn_zoo.zoo import Zoo

logger = logging.getLogger("nested_selection")


class Candidates:
    """All ranges and penalties, fitted at once to some rows and scored on others."""

    def __init__(self, name: str, ranges: list[float], alphas: list[float], scaled: bool) -> None:
        self.design = make_design(Zoo.default().recipe(name).build_network())
        self.ranges, self.alphas, self.scaled = ranges, alphas, scaled
        self.pairs = list(itertools.product(ranges, alphas))

    def scores(self, x: Any, y: Any, x_test: Any, y_test: Any) -> np.ndarray[Any, Any]:
        """Accuracy of each pair: rows of raw numbers and classes, to fit to and to test on."""
        found = []
        names = [str(i) for i in range(x.shape[1])]
        one_hot = torch.nn.functional.one_hot(torch.from_numpy(y))
        for r in self.ranges:
            encoder = TableEncoder.fit(x, names, [False] * len(names), "min_max", (-r, r))
            problem = LeastSquares(self.design.features, self.design.targets, self.design.free)
            problem.update(*self.design.rows((encoder(x), None), one_hot))
            dummy = torch.zeros(len(x_test), self.design.targets)
            features, _ = self.design.rows((encoder(x_test), None), dummy)
            for alpha in self.alphas:
                outputs = features @ problem.solve(alpha, self.scaled).coefficients
                found.append(float(np.mean(outputs.argmax(1).numpy() == y_test)))
        return np.array(found)


def main() -> None:
    """Parse the arguments, choose, test and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="a recipe with scaling min_max and a solver")
    parser.add_argument("--ranges", type=float, nargs="+", required=True)
    parser.add_argument("--alphas", type=float, nargs="+", required=True)
    parser.add_argument("--scaled", action="store_true", help="as solver.scaled")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--repeats", type=int, default=3, help="inner 10-fold cross-validations")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    candidates = Candidates(args.name, args.ranges, args.alphas, args.scaled)
    means, chosen = [], Counter[tuple[float, float]]()
    for seed in args.seeds:
        scores = []
        for fold in range(10):
            data: Any = (
                Zoo.default().recipe(args.name).build_data(folds=10, fold=fold, split_seed=seed)
            )
            data.setup()
            (x, y), (x_test, y_test) = data.split("train"), data.split("test")
            y, y_test = y.numpy(), y_test.numpy()
            total = np.zeros(len(candidates.pairs))
            for repeat in range(args.repeats):
                splitter = StratifiedKFold(10, shuffle=True, random_state=1000 + repeat)
                for a, b in splitter.split(x, y):
                    total += candidates.scores(x[a], y[a], x[b], y[b])
            best = int(total.argmax())
            chosen[candidates.pairs[best]] += 1
            scores.append(candidates.scores(x, y, x_test, y_test)[best])
        means.append(float(np.mean(scores)))
        logger.info("seed %d: %.4f", seed, means[-1])
    logger.info("%.4f +- %.4f; chosen: %s", np.mean(means), np.std(means, ddof=1), dict(chosen))


if __name__ == "__main__":
    main()
