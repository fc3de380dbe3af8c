"""From what a batch or a service found to what people should annotate next.

    listing      what is known of each document without reading it again
    shortlist    -> the few that are worth a second reading: suspects, and some drawn at random
    reread       -> their texts, out of the inputs
    examine      -> what model, rules and profile say of them: candidates with signals
    choose       -> the queue

`choose` is a pure function of candidates; `Examiner` makes one of a document.
"""

from nianbao.batch.queue.choose import (
    AUDIT,
    Candidate,
    ChoiceOptions,
    Signal,
    audit_slots,
    choose,
    draw_key,
)
from nianbao.batch.queue.examine import Examiner
from nianbao.batch.queue.make import Queue, QueueOptions, make_queue
from nianbao.batch.queue.sketch import similarity, sketch

__all__ = [
    "AUDIT",
    "Candidate",
    "ChoiceOptions",
    "Examiner",
    "Queue",
    "QueueOptions",
    "Signal",
    "audit_slots",
    "choose",
    "draw_key",
    "make_queue",
    "similarity",
    "sketch",
]
