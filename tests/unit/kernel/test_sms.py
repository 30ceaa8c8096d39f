"""The text message port, while no provider is behind it."""

import logging

import pytest

from kernel import sms


@pytest.mark.parametrize(("number", "shown"), [("+15125550199", "**********99"), ("1234", "****"), ("", "")])
def test_a_phone_number_is_shown_by_its_last_two_digits_only(number: str, shown: str) -> None:
    assert sms.masked(number) == shown


def test_a_text_leaves_neither_its_words_nor_its_number_in_the_log(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26 in spirit: personal data is no more for the log than secrets are."""
    with caplog.at_level(logging.INFO):
        sms.sender().send("+15125550199", "Ada, your tour is at two")

    logged = capsys.readouterr().out + caplog.text + str([vars(record) for record in caplog.records])
    assert "text message sent" in logged
    assert "5550199" not in logged
    assert "Ada" not in logged
