"""Every night: all schools"""

from immersio.reconciling.duties import QUEUE
from tests.support.reconciling import begin
from tests.support.schools import Schools


def test_each_school_has_a_message_of_its_own(schools: Schools) -> None:
    """INV-04: also one that was set up just now."""
    assert begin() == {"schools": 2}
    told = [message.tenant for message in schools.messages("school")]
    assert sorted(told) == sorted(str(school.tenant_id) for school in (schools.academy, schools.studio))


def test_a_school_that_cannot_be_looked_at_does_not_keep_back_the_others(schools: Schools) -> None:
    """INV-04: its message waits for another try."""
    begin()
    schools.run_workers(QUEUE)
    looked_at = {message.tenant for message in schools.messages("plan")}
    assert looked_at == {str(schools.academy.tenant_id), str(schools.studio.tenant_id)}
