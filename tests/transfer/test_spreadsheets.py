"""CSV as spreadsheets and older programs write it: a declared delimiter, blank lines, encodings that nothing tells."""

import pytest

from tests.transfer.csv_site import AT, listed, posts, rejected
from transfer import Options, encodings
from transfer.source import Unreadable

HEADER = "id,author,created_at,title\n"
TITLES = {
    "windows-1252": "Größe – “naïve” café",
    "windows-1251": "Съешь ещё этих мягких булок",
    "KOI8-R": "Съешь ещё этих мягких булок",
    "cp866": "Съешь ещё этих мягких булок",
    "iso-8859-2": "Zażółć gęślą jaźń",
    "iso-8859-15": "Größe für 5 €",
    "Shift_JIS": "ソース能力表示テスト",
    "EUC-JP": "日本語の題名",
    "iso-2022-jp": "日本語の題名",
    "GBK": "中文标题",
    "Big5": "許功蓋",
    "EUC-KR": "한국어 제목",
    "UTF-8": "Größe 日本語",
    "UTF-16": "Größe 日本語",
    "utf-16-be": "日本語の題名",
}
TOLD_BY_ITSELF = ("UTF-8", "UTF-16", "utf-16-be")


def file_of(folder, content: bytes):
    path = folder / "posts.csv"
    path.write_bytes(content)
    return path


def text_of(title: str, before: str = "") -> str:
    return f"{before}{HEADER}a1,mira,{AT},{title}\n"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|", "^"])
@pytest.mark.parametrize("line", ["sep={}\r\n", "SEP={}\n", '"sep={}"\n', "\ufeffsep={}\r\n", "sep={0}{0}{0}{0}\n"])
def test_a_line_of_excel_says_the_delimiter(site, tmp_path, line, delimiter):
    text = line.format(delimiter) + text_of("A; title").replace(",", delimiter).replace("A; title", '"A; title"')
    report = site.take(file_of(tmp_path, text.encode()))
    assert (report.imported, posts(site)[0].title) == (1, "A; title")


def test_lines_count_as_the_file_has_them(site, tmp_path):
    text = f"\n  \nsep=;\n\nid;author;created_at;title\n\r\n;;;\n   \na1;mira;{AT};T\n \t\n\na2;mira;never;T\n"
    report = site.take(file_of(tmp_path, text.encode()))
    assert (report.imported, [(line, id) for line, id, _ in rejected(report)]) == (1, [(12, "a2")])


def test_comments_have_such_files_too(site, tmp_path):
    site.take(file_of(tmp_path, text_of("T").encode()))
    text = f"sep=;\n\nid;author;created_at;post;body\n\nc1;olof;{AT};a1;Größe\nc2;olof;never;a1;B\n"
    path = file_of(tmp_path, text.encode("windows-1252"))
    with pytest.raises(Unreadable, match="--encoding"):
        site.take(path)
    report = site.take(path, options=Options(encoding="cp1252"))
    assert (report.imported, [line for line, _, _ in rejected(report)]) == (1, [6])


@pytest.mark.parametrize("encoding", TITLES)
def test_an_encoding_that_is_said_is_used(site, tmp_path, encoding):
    path = file_of(tmp_path, text_of(TITLES[encoding]).encode(encoding))
    report = site.take(path, options=Options(encoding=encodings.named(encoding)))
    assert (report.imported, posts(site)[0].title) == (1, TITLES[encoding])


@pytest.mark.parametrize("encoding", TITLES)
@pytest.mark.parametrize("length", ["one row", "many rows"])
def test_an_encoding_that_nothing_tells_is_asked_for(site, tmp_path, encoding, length):
    text = text_of(TITLES[encoding])
    if length == "many rows":
        text += "".join(f"b{n},mira,{AT},{TITLES[encoding]} {n}\n" for n in range(9_000))
    path = file_of(tmp_path, text.encode(encoding))
    if encoding in TOLD_BY_ITSELF:
        assert site.take(path).rejected == 0
        assert posts(site)[0].title == TITLES[encoding]
        return
    with pytest.raises(Unreadable, match=r"neither UTF-8 nor UTF-16.* --encoding"):
        site.take(path)
    assert posts(site) == []


def test_a_damaged_row_is_rejected_as_the_file_has_it_and_the_rest_taken_in(site, tmp_path):
    path = file_of(tmp_path, f"{HEADER}a1,mira,{AT},é\na2,mira,{AT},ab".encode() + b"\xe9d\n")
    report = site.take(path)
    assert (report.imported, rejected(report)) == (1, [(3, "", "not valid UTF-8")])
    assert "--encoding" in report.text()


def test_what_an_encoding_does_not_have_is_rejected(site, tmp_path):
    path = file_of(tmp_path, text_of("é").encode("cp1252") + f"a2,mira,{AT},".encode() + b"\x81\n")
    report = site.take(path, options=Options(encoding="cp1252"))
    assert (report.imported, [cause for _, _, cause in rejected(report)]) == (1, ["not valid CP1252"])
    assert len(listed(report.rejects)) == 1


@pytest.mark.parametrize(
    "name", ["nonsense", "", "base64", "rot13", "idna", "undefined", "unicode_escape", "a\0b", "ä", "hex"]
)
def test_what_is_no_encoding_of_files_is_refused(name):
    with pytest.raises(LookupError):
        encodings.named(name)
