"""Tasks (LightningModules), callbacks and the glue of the command line."""

from rpn_zoo.training.classification import ClassificationTask
from rpn_zoo.training.levenberg_marquardt import LevenbergMarquardt
from rpn_zoo.training.optimizer import OptimizerConfig, ScheduleConfig
from rpn_zoo.training.regression import RegressionTask
from rpn_zoo.training.residuals import Residuals
from rpn_zoo.training.solver import SolverConfig
from rpn_zoo.training.task import Task

__all__ = [
    "ClassificationTask",
    "LevenbergMarquardt",
    "OptimizerConfig",
    "RegressionTask",
    "Residuals",
    "ScheduleConfig",
    "SolverConfig",
    "Task",
]
