"""What a person asks of a stored dataset: a summary, what changed since another, whether it is whole."""
