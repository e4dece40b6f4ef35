"""The table of /privacy as a reader gets it: the words of each cell, by the row's fragment."""

from html.parser import HTMLParser

from tests.webapp.conftest import Visitor

CELLS = {"th", "td"}


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[str]] = {}
        self._row: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            id = dict(attrs).get("id")
            self._row = self.rows.setdefault(id, []) if id else None
        elif tag in CELLS and self._row is not None:
            self._row.append("")

    def handle_data(self, data: str) -> None:
        if self._row:
            self._row[-1] = " ".join(f"{self._row[-1]} {data}".split())

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = None


def rows_of_page(visitor: Visitor, language: str = "en") -> dict[str, list[str]]:
    """Row → what it is, who sees it, how long, and then, what stays."""
    answer = visitor.get("/privacy", headers={"Accept-Language": language})
    assert answer.status_code == 200
    parser = _Rows()
    parser.feed(answer.get_data(as_text=True))
    return parser.rows
