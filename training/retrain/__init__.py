"""From corrected reports to a proposal: `python -m training.retrain`.

gold.jsonl ──> sides of the split ──> windows, many times over, a little altered each time ─┐
made pages (replay, so that nothing else is forgotten) ────────────────────────────────────┤
the current bundle, read back into torch ──────────────────────────────────────────────────┴─>
fine-tuning ──> ONNX ──> evaluation ──> a proposal: bundle, card, measured.json, what changed
"""
