"""Structured logs and counted facts, one place for both.

Request bodies, headers and secrets are never logged (INV-26); ids are.
"""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from kernel import settings

logger = Logger()


def count(metric: str, **dimensions: str) -> None:
    """Count one occurrence in CloudWatch, by way of the log line that Lambda ships anyway."""
    if settings.get("POWERTOOLS_METRICS_DISABLED", "false") == "true":  # which `single_metric` itself does not heed
        return
    with single_metric(name=metric, unit=MetricUnit.Count, value=1) as sink:
        for name, value in dimensions.items():
            sink.add_dimension(name=name, value=value)
