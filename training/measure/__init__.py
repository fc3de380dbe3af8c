"""One evaluation for everything: what a bundle makes of pages whose answer is known.

    python -m training.measure --per-kind 4 --json measured.json --html measured.html

pages (battery, made pages of held-out provinces, gold sets, folders of gold records) -> outcomes, one
a page and reader -> figures by slice, with the rules-only labeller and the current bundle beside
them, and paired bootstrap intervals of the differences -> a table, JSON, a page with plots.
"""
