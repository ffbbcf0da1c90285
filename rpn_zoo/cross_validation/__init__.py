"""Repeated stratified k-fold cross-validation of a recipe beside baselines on the same folds."""
