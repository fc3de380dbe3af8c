"""Archives in, a dataset out: sources -> scoring -> journal -> tables."""
