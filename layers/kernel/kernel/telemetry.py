"""Structured logs and counted facts, one place for both.

Request bodies, headers and secrets are never logged (INV-26); ids are.
"""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

logger = Logger()


def count(metric: str, **dimensions: str) -> None:
    """Count one occurrence in CloudWatch, by way of the log line that Lambda ships anyway."""
    with single_metric(name=metric, unit=MetricUnit.Count, value=1) as sink:
        for name, value in dimensions.items():
            sink.add_dimension(name=name, value=value)
