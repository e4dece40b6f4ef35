"""What is encoded as the read model gives it is what the types of the answers say."""

import pytest

from readmodel import views
from webapp.api import answers


@pytest.mark.parametrize(
    ("said", "view"),
    [
        (answers.Post, views.PostView),
        (answers.Comment, views.CommentView),
        (answers.Account, views.AccountView),
        (answers.Step, views.HistoryItem),
    ],
)
def test_an_answer_has_the_fields_that_its_type_says(said: type, view: type) -> None:
    assert said.__struct_fields__ == view.__struct_fields__
