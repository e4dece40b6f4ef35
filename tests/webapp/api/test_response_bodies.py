"""What is encoded as the read model gives it is what the types of the answers say."""

import pytest

from readmodel.engine import views
from readmodel.moderation.log_pages import LoggedAct
from webapp.api.schema import log_bodies, response_bodies


@pytest.mark.parametrize(
    ("said", "view"),
    [
        (response_bodies.Account, views.AccountView),
        (response_bodies.Step, views.HistoryItem),
        (log_bodies.Logged, LoggedAct),
    ],
)
def test_an_answer_has_the_fields_that_its_type_says(said: type, view: type) -> None:
    assert said.__struct_fields__ == view.__struct_fields__
