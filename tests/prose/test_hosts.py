"""The host that stands beside a title is the one that its link leads to."""

import pytest

from prose.hosts import shown_host


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.example.com/x", "example.com"),
        ("https://paywww.pal.com/", "paywww.pal.com"),
        ("https://www.pal.www.com", "pal.www.com"),
        ("https://www.com/", "www.com"),
        ("HTTPS://EXAMPLE.com:8080/x", "example.com"),
        ("https://example.com./", "example.com"),
        ("https://example.com?x=evil.example/", "example.com"),
        ("https://example.com#@evil.example", "example.com"),
        ("https://accounts.google.com@evil.example", "evil.example"),
        ("http://[::1]:8/", "::1"),
        ("https://bücher.example/", "bücher.example"),
        ("https://日本語ドメイン.jp/", "日本語ドメイン.jp"),
        ("https://пример.рф/", "пример.рф"),
        ("https://ｅxample.com/", "example.com"),
        ("https://раура\u04cf.com/", "xn--80aa0cbo65f.com"),
        ("https://\u0430pple.com/", "xn--pple-43d.com"),
        ("https://\u0261oogle.com/", "xn--oogle-qmc.com"),
        ("https://paypaı.com/", "xn--paypa-r4a.com"),
    ],
)
def test_the_host_is_shown_and_nothing_that_looks_like_another(url: str, shown: str) -> None:
    assert shown_host(url) == shown


@pytest.mark.parametrize("url", ["http://[::1/x", "https://a..b/@", "", "javascript:alert(1)"])
def test_what_leads_nowhere_shows_no_host(url: str) -> None:
    assert shown_host(url) == ""
