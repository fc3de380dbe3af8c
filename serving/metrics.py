"""What Prometheus reads of the service's own subject; BentoML counts the requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from serving.guard import Load
from serving.jobs.records import STATES, State
from serving.work import Answer, Operation

_STAGE_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CONFIDENCE_BUCKETS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
#: The service is one process; in BentoML's directory of metrics, of several its latest counts.
_MODE: Final = "livemostrecent"

DOCUMENTS = Counter(
    "nianbao_documents", "Documents, by what they turned out to be", ["operation", "outcome"]
)
FAILED_CHECKS = Counter("nianbao_failed_checks", "Checks that failed, by their kind", ["check"])
CONFIDENCE = Histogram(
    "nianbao_confidence", "Confidence of the records of reports", buckets=_CONFIDENCE_BUCKETS
)
STAGES = Histogram(
    "nianbao_stage_seconds", "Seconds in each stage", ["stage"], buckets=_STAGE_BUCKETS
)
QUEUED = Histogram("nianbao_queue_seconds", "Seconds that documents waited", buckets=_STAGE_BUCKETS)
PROBLEMS = Counter("nianbao_problems", "Requests that ended in a problem, by its code", ["code"])
WAITING = Gauge("nianbao_waiting", "Documents that wait for a process", multiprocess_mode=_MODE)
RUNNING = Gauge("nianbao_running", "Documents that are read now", multiprocess_mode=_MODE)
ADMITTED = Gauge("nianbao_admitted", "Requests for documents under way", multiprocess_mode=_MODE)
JOBS = Gauge("nianbao_jobs", "Jobs that are kept, by state", ["state"], multiprocess_mode=_MODE)
HELD = Gauge("nianbao_held_bytes", "Bytes of bodies held now", multiprocess_mode=_MODE)
MODELS = Counter("nianbao_models", "Models found to take, by what came of it", ["outcome"])
MODEL_REFUSED = Gauge(
    "nianbao_model_refused", "1 while the model in the folder is not the one that answers, for it was "
    "refused", multiprocess_mode=_MODE,
)  # fmt: skip


def observe(operation: Operation, answer: Answer, queued: float) -> None:
    """Count one document, which waited `queued` seconds and whatever came of it."""
    measures = answer.measures
    outcome = answer.failure.code if answer.failure else measures.form or "read"
    DOCUMENTS.labels(operation, outcome).inc()
    QUEUED.observe(queued)
    for stage, seconds in measures.seconds.items():
        STAGES.labels(stage).observe(seconds)
    if measures.confidence is not None:
        CONFIDENCE.observe(measures.confidence)
    for check in measures.failed_checks:
        FAILED_CHECKS.labels(".".join(check.split(".")[:2])).inc()


def show(load: Load) -> None:
    """Set the gauges to what goes on now."""
    WAITING.set(load.waiting)
    RUNNING.set(load.running)
    ADMITTED.set(load.admitted)
    HELD.set(load.held)


def show_jobs(states: Mapping[State, int]) -> None:
    """Set the gauges of jobs; those that are queued are the length of the queue."""
    for state in STATES:
        JOBS.labels(state).set(states.get(state, 0))
