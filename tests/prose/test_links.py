"""Links of a text that lead elsewhere, as its page shows them, however they are written."""

import pytest

from prose.links import count_links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("", 0),
        ("no link: at all, 12:30 // here", 0),
        ("https://a.example", 1),
        ("https://a.example https://a.example", 2),
        ("[a](https://a.example) <https://b.example> ![c](https://c.example/c.png)", 3),
        ("[a](//a.example)", 1),
        ("[a](http&#58;//a.example) [b](https\\://b.example)", 2),
        ("[a]\n\n[a]: https://a.example", 1),
        ("> https://a.example\n\n- https://b.example\n\n| https://c.example |\n|-|", 3),
        ("<mailto:a@b.example>", 1),
        ("[a](/posts/1) [b](#c) [d](?tag=e)", 0),
        ("`https://a.example`\n\n    https://b.example", 0),
        ("\\<https://a.example", 1),
        ("[" * 2_000 + "https://a.example", 0),
    ],
)
def test_links_are_counted_as_they_are_shown(text: str, links: int) -> None:
    assert count_links(text) == links
