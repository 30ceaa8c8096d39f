"""Fields that both halves take."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

import kernel
from kernel.fields import IsoDatetime, LocalDate, iso_datetime

DATES: TypeAdapter[date] = TypeAdapter(LocalDate)
TIMES: TypeAdapter[datetime] = TypeAdapter(IsoDatetime)


@pytest.mark.parametrize("year", ["0001", "1999", "3000", "9999"])
def test_a_year_that_nobody_can_mean_is_refused_with_the_years_that_can_be_meant(year: str) -> None:
    """With 9999-12-31 the next day is an OverflowError somewhere deep inside."""
    for adapter, text in ((DATES, f"{year}-12-31"), (TIMES, f"{year}-12-31T23:59-12:00")):
        with pytest.raises(ValidationError, match="from 2000 to 2999"):
            adapter.validate_python(text)


def test_the_first_and_the_last_year_are_taken() -> None:
    assert [DATES.validate_python(f"{year}-12-31").year for year in (2000, 2999)] == [2000, 2999]
    assert [iso_datetime(f"{year}-12-31T23:59").year for year in (2000, 2999)] == [2000, 2999]


@pytest.mark.parametrize("value", [1796137800, "17961378000000000", "2026-12-01", "2026-12-01T25:00", None, True])
def test_a_time_is_text_in_iso_8601(value: object) -> None:
    with pytest.raises(ValidationError, match="ISO 8601"):
        TIMES.validate_python(value)


def test_who_takes_no_address_does_not_load_the_checker_of_addresses() -> None:
    """A cold start of every function paid for it."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, kernel.fields; print('email_validator' in sys.modules)"],
        capture_output=True,
        check=True,
        cwd=Path(kernel.__path__[0]).parent,
        text=True,
    )
    assert loaded.stdout.strip() == "False"
