"""The gate: a candidate goes out only where nothing that is watched got worse.

    python -m training.gate CANDIDATE --current models/tagger

Every check has a figure and a bound; one that fails refuses the candidate.  `gate.json` binds the
outcome to both bundles by their digests, and promotion asks for it.
"""
