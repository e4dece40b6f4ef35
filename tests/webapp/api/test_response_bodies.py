"""What is encoded as the read model gives it is what the types of the answers say."""

import pytest

from readmodel.engine import views
from webapp.api.schema import response_bodies


@pytest.mark.parametrize(
    ("said", "view"),
    [
        (response_bodies.Account, views.AccountView),
        (response_bodies.Step, views.HistoryItem),
    ],
)
def test_an_answer_has_the_fields_that_its_type_says(said: type, view: type) -> None:
    assert said.__struct_fields__ == view.__struct_fields__
