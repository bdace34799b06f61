"""What the function tells about itself: log lines, metrics and traces. Never what was asked or answered."""

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from medassist import assistant
from medassist.schemas import Answer

SERVICE = "medassist"

logger = Logger(service=SERVICE)
tracer = Tracer(service=SERVICE)  # does nothing outside Lambda


def measure(answer: Answer, question_id: str, *, recorded: bool) -> None:
    """Count and log what was decided and how long it took."""
    decision = (
        "urgent" if answer.urgent else "abstained" if answer.abstained else "quoted" if answer.extractive else "written"
    )
    metrics = EphemeralMetrics(namespace=SERVICE, service="api")
    metrics.add_metric("Questions", MetricUnit.Count, 1)
    metrics.add_metric(f"Answers{decision.capitalize()}", MetricUnit.Count, 1)
    metrics.add_metric("AnswersWithoutModel", MetricUnit.Count, int(answer.fallback == assistant.ENDPOINT_FAILED))
    metrics.add_metric("InteractionsNotStored", MetricUnit.Count, int(not recorded))
    for stage, milliseconds in answer.timings_ms.items():
        metrics.add_metric(f"{stage.capitalize()}Time", MetricUnit.Milliseconds, milliseconds)
    metrics.flush_metrics()
    logger.info(
        "answered",
        question_id=question_id,
        decision=decision,
        fallback=answer.fallback,
        recorded=recorded,
        question_characters=len(answer.question),
        statements=len(answer.statements),
        passages=len(answer.passages),
        timings_ms=answer.timings_ms,
    )
