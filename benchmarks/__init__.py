"""How long one report takes: `python -m benchmarks`."""
