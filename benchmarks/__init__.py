"""Speed, memory and agreement as ratios measured in one run: ``python -m benchmarks``."""
