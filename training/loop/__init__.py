"""The experiments of the loop: a layout that the model gets wrong, learned from a few reports.

    python -m training.loop bar      twenty corrected reports, one retraining, the gate
    python -m training.loop curve    the queue against random choice, at equal budgets

Annotators are simulated: the maker of a page knows what is right on it.  Both can be killed at any
moment and go on.
"""
