"""Any file becomes a table of text, or a clear fault."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from city_brain.errors import Fault
from city_brain.intake.files import CAPS, Opened, open_table
from city_brain.intake.formats.table import Broken

Row = dict[str, str | None]
CHINESE = "编号,上报时间,问题描述\n1,2024-05-01 08:00:00,路灯不亮\n2,2024-05-01 09:00:00,井盖缺失，有危险\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    def put(name: str, content: bytes | str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return put


Write = Callable[[str, bytes | str], Path]


def read(place: Path | str, folder: Path) -> tuple[Opened, list[Row], list[int], list[Broken]]:
    with open_table(place, folder=folder / "temporary") as opened:
        chunks = list(opened.table.chunks())
        again = [chunk.rows.to_pylist() for chunk in opened.table.chunks()]
    rows = [row for chunk in chunks for row in chunk.rows.to_pylist()]
    assert rows == [row for part in again for row in part], "the second reading differs"
    assert not list((folder / "temporary").iterdir()), "temporary files are left behind"
    numbers = [number for chunk in chunks for number in chunk.numbers.tolist()]
    return opened, rows, numbers, [row for chunk in chunks for row in chunk.broken]


def fault(place: Path | str, folder: Path) -> Fault:
    with pytest.raises(Fault) as caught:
        read(place, folder)
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", "id,what\n1,x\n2,\n", "csv"),
        ("a.tsv", "id\twhat\n1\tx\n2\t\n", "tsv"),
        ("wrong.xlsx", "id;what\n1;x\n2;\n", "csv"),
        ("crlf.csv", "id,what\r\n1,x\r\n2,\r\n", "csv"),
        ("no_newline.csv", "id,what\n1,x\n\n2,", "csv"),
        ("trailing.csv", "id,what\n1,x,\n2,,\n", "csv"),
        ("a.json", '[{"id": 1, "what": "x"}, {"id": 2, "what": null}]', "json"),
        ("held.json", '{"count": 2, "result": {"records": [{"id": 1, "what": "x"}, {"id": 2, "what": ""}]}}', "json"),
        ("a.jsonl", '{"id": 1, "what": "x"}\n\n{"id": 2}\n', "jsonl"),
        ("a.xml", "<rows><row><id>1</id><what>x</what></row><row><id>2</id><what/></row></rows>", "xml"),
        ("socrata.xml", "<response><row><row><id>1</id><what>x</what></row><row><id>2</id></row></row></response>", "xml"),
        (
            "rows.json",
            '{"meta":{"view":{"columns":[{"name":"sid","dataTypeName":"meta_data"},{"name":"id"},{"name":"what"}]}},'
            '"data":[["r",1,"x"],["s",2,null]]}',
            "json",
        ),
    ],
)
def test_each_form_is_recognised_by_its_content(write: Write, tmp_path: Path, name: str, content: str, kind: str) -> None:
    opened, rows, numbers, broken = read(write(name, content), tmp_path)
    assert opened.table.kind == kind
    assert [{key: row[key] for key in ("id", "what")} for row in rows] == [{"id": "1", "what": "x"}, {"id": "2", "what": None}]
    assert (numbers, broken) == ([1, 2], [])
    packed = write(f"{name}.gz", gzip.compress(content.encode()))
    assert read(packed, tmp_path)[1] == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(write: Write, tmp_path: Path, encoding: str) -> None:
    opened, rows, _, _ = read(write("a.csv", CHINESE.encode(encoding)), tmp_path)
    assert opened.table.headers == ("编号", "上报时间", "问题描述")
    assert rows[1] == {"编号": "2", "上报时间": "2024-05-01 09:00:00", "问题描述": "井盖缺失，有危险"}
    assert opened.table.encoding == {"utf-8-sig": "utf-8", "gbk": "gb18030"}.get(encoding, encoding)


def test_latin_letters_in_another_encoding_are_refused(write: Write, tmp_path: Path) -> None:
    assert fault(write("a.csv", "id,straße\n1,Köln Höhe Länge Größe\n2,Übergröße\n".encode("latin-1")), tmp_path).key == "encoding"


def test_one_damaged_row_does_not_change_the_encoding(write: Write, tmp_path: Path) -> None:
    damaged = CHINESE.encode() + b"3,2024-05-01 10:00:00,\xe8\xb7\xff\n"
    opened, rows, _, _ = read(write("a.csv", damaged), tmp_path)
    assert opened.table.suspect and rows[0]["问题描述"] == "路灯不亮"
    assert "\ufdd0" in str(rows[2]["问题描述"])


def test_newlines_and_chinese_in_quoted_cells(write: Write, tmp_path: Path) -> None:
    content = 'id,text\n1,"第一行\n第二行, ""引号"""\n2,"a\r\nb"\n3,5" pipe\n'
    _, rows, numbers, broken = read(write("a.csv", content), tmp_path)
    assert [row["text"] for row in rows] == ['第一行\n第二行, "引号"', "a\r\nb", '5" pipe']
    assert (numbers, broken) == ([1, 2, 3], [])


def test_torn_rows_are_set_aside_with_their_number(write: Write, tmp_path: Path) -> None:
    content = "a,b,c\n1,2,3\n4,5\n\n6,7,8,9\n10,11,12\n13"
    _, rows, numbers, broken = read(write("a.csv", content), tmp_path)
    assert [row["a"] for row in rows] == ["1", "10"]
    assert numbers == [1, 4]
    assert [(row.row_number, row.text, row.expected, row.found) for row in broken] == [
        (2, "4,5", 3, 2), (3, "6,7,8,9", 3, 4), (5, "13", 3, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("torn", ['2,"torn', '2,x,"torn', '2,"torn,y'])
@pytest.mark.parametrize("after", ["3,plain,c", '3,"quoted, too",c', '3,"quoted",c'])
def test_a_quote_left_open_does_not_swallow_the_rows_behind(write: Write, tmp_path: Path, torn: str, after: str) -> None:
    rest = [f'{number},"text, {number}",c' for number in range(4, 60)]
    content = "\n".join(["a,b,c", "1,first,c", torn, after, *rest, ""])
    _, rows, numbers, broken = read(write("a.csv", content), tmp_path)
    assert [row["a"] for row in rows] == ["1", "3", *map(str, range(4, 60))]
    assert [(row.row_number, row.text) for row in broken] == [(2, torn)]
    assert numbers == [1, *range(3, 60)]


def test_a_file_cut_off_in_a_quote(write: Write, tmp_path: Path) -> None:
    _, rows, _, broken = read(write("a.csv", 'a,b,c\n1,2,3\n4,"cut'), tmp_path)
    assert len(rows) == 1 and broken[0].text == '4,"cut'


def test_titles_above_the_header_are_passed_over(write: Write, tmp_path: Path) -> None:
    content = "城市管理案件表,,\n导出时间：2024-05-02,,\n编号,上报时间,内容\n1,2024-05-01,路灯\n"
    opened, rows, numbers, _ = read(write("a.csv", content), tmp_path)
    assert opened.table.headers == ("编号", "上报时间", "内容")
    assert numbers == [1] and rows[0]["内容"] == "路灯"


def test_headers_are_made_unique(write: Write, tmp_path: Path) -> None:
    opened, _, _, _ = read(write("a.csv", "备注,,备注,id,date,type,status\na,b,c,1,2,3,4\n"), tmp_path)
    assert opened.table.headers == ("备注", "column_2", "备注_2", "id", "date", "type", "status")


def test_excel(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    sheet = book.create_sheet("案件")
    sheet.append(["案件一览表", None, None, None])
    sheet.merge_cells("A1:D1")
    sheet.append(["编号", "上报时间", "类型", "数量"])
    sheet.append([101000295613, datetime(2024, 5, 1, 8, 30), "路灯", 1.0])
    sheet.append(["A-2", datetime(2024, 5, 1), None, 0.25])
    sheet.append([None, None, None, None])
    sheet.append(["A-3", None, "井盖", True])
    sheet.merge_cells("C3:C4")
    book.save(tmp_path / "a.xlsx")
    opened, rows, numbers, _ = read(tmp_path / "a.xlsx", tmp_path)
    assert opened.table.kind == "xlsx"
    assert [list(row.values()) for row in rows] == [
        ["101000295613", "2024-05-01 08:30:00", "路灯", "1"],
        ["A-2", "2024-05-01 00:00:00", "路灯", "0.25"],
        ["A-3", None, "井盖", "true"],
    ]
    assert numbers == [1, 2, 3]
    inside_zip = tmp_path / "b.zip"
    with zipfile.ZipFile(inside_zip, "w") as archive:
        archive.write(tmp_path / "a.xlsx", "导出.xlsx")
    assert read(inside_zip, tmp_path)[1] == rows


def test_excel_without_a_table_and_old_excel(write: Write, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    assert fault(tmp_path / "a.xlsx", tmp_path).key == "workbook_empty"
    assert fault(write("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), tmp_path).key == "workbook_old"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY e 'x'>]><workbook>&e;</workbook>")
    assert fault(write("b.xlsx", buffer.getvalue()), tmp_path).key == "workbook"


def test_excel_that_would_grow(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "what"], [1, "x"], [2, "y"]):
        book.active.append(row)
    book.active.merge_cells("A1:B2")
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b"A1:B2" in members[sheet]
    wide = members | {sheet: members[sheet].replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')}
    assert fault(packed(tmp_path, wide), tmp_path).key == "file_expands"
    far = members | {sheet: members[sheet].replace(b'r="B3"', b'r="XFD1048576"')}
    assert fault(packed(tmp_path, far), tmp_path).key == "file_expands"
    entity = b'<!DOCTYPE x [<!ENTITY e "ha">]>'
    assert fault(packed(tmp_path, members | {sheet: entity + members[sheet]}), tmp_path).key == "workbook"


def test_parquet(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2], "at": [datetime(2024, 5, 1, 8), None], "x": [0.5, 2.0], "tags": [["a"], None], "what": ["", "灯"]})
    pq.write_table(table, tmp_path / "a.parquet")
    opened, rows, _, _ = read(tmp_path / "a.parquet", tmp_path)
    assert opened.table.kind == "parquet"
    assert [list(row.values()) for row in rows] == [
        ["1", "2024-05-01 08:00:00.000000", "0.5", '["a"]', None],
        ["2", None, "2", None, "灯"],
    ]
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-20])
    assert fault(tmp_path / "b.parquet", tmp_path).key == "parquet"


def test_geojson(write: Write, tmp_path: Path) -> None:
    feature = {"type": "Feature", "id": "A1", "geometry": {"type": "Point", "coordinates": [7644000, 683000]}, "properties": {"kind": "x"}}
    other = {"type": "Feature", "geometry": None, "properties": {"kind": "y"}}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2913"}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": [feature, other]}
    opened, rows, _, _ = read(write("a.geojson", json.dumps(collection)), tmp_path)
    assert (opened.table.kind, opened.table.datum) == ("geojson", "epsg:2913")
    assert rows[0] == {"kind": "x", "id": "A1", "longitude": "7644000", "latitude": "683000"}
    assert rows[1]["longitude"] is None


def test_xml_with_a_document_type_is_refused(write: Write, tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rows><row><id>&b;</id></row></rows>'
    assert fault(write("a.xml", bomb), tmp_path).key == "xml_unsafe"
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><rows><row><id>1</id></row></rows>'
    assert fault(write("b.xml", outside), tmp_path).key == "xml_unsafe"


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.csv", "", "file_empty"),
        ("a.csv", " \n\n", "file_empty"),
        ("a.json", '[{"id": 1},', "json"),
        ("a.json", '{"id": NaN}', "json"),
        ("a.json", "[" * 5_000, "json"),
        ("a.json", "[1, 2]", "json_no_rows"),
        ("a.xml", "<rows><row></rows>", "xml"),
        ("a.xml", "<rows/>", "xml_no_rows"),
        ("a.csv", "<!DOCTYPE html><html><body>sign in</body></html>", "file_is_page"),
        ("a.csv", b"%PDF-1.7 and so on", "file_unknown"),
        ("a.csv", bytes(range(256)) * 20, "file_unknown"),
        ("a.gz", gzip.compress(b"id,what\n1,x\n" * 900, mtime=0)[:-20], "archive_damaged"),
        ("a.zip", b"PK\x03\x04 and nothing", "archive_damaged"),
    ],
)
def test_what_cannot_be_read_is_a_fault(write: Write, tmp_path: Path, name: str, content: bytes | str, key: str) -> None:
    assert fault(write(name, content), tmp_path).key == key


def test_nothing_there(tmp_path: Path) -> None:
    assert fault(tmp_path / "nothing.csv", tmp_path).key == "file_missing"
    (tmp_path / "empty").mkdir()
    assert fault(tmp_path / "empty", tmp_path).key == "folder_empty"


def packed(tmp_path: Path, members: dict[str, bytes]) -> Path:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def test_zip(tmp_path: Path) -> None:
    one = packed(tmp_path, {"README.md": b"hello", "__MACOSX/a.csv": b"x", "data/a.csv": CHINESE.encode()})
    assert len(read(one, tmp_path)[1]) == 2
    several = fault(packed(tmp_path, {"a.csv": b"a\n1\n", "b.csv": b"a\n2\n"}), tmp_path)
    assert (several.key, several.values["files"]) == ("archive_several", "a.csv, b.csv")
    assert fault(packed(tmp_path, {}), tmp_path).key == "archive_empty"


def test_a_member_cannot_leave_the_archive(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../escaped.csv", "id,what\n1,x\n")
    assert len(read(file, tmp_path)[1]) == 1
    assert not list(tmp_path.parent.glob("**/escaped.csv"))


def test_bombs_are_stopped_before_they_grow(tmp_path: Path) -> None:
    bomb = packed(tmp_path, {"a.csv": b"id,what\n" + b"0" * (80 << 20)})
    assert fault(bomb, tmp_path).key == "file_expands"
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"0" * (80 << 20)))
    assert fault(tmp_path / "b.gz", tmp_path).key == "file_expands"
    (tmp_path / "c.gz").write_bytes(gzip.compress(gzip.compress(gzip.compress(b"id,what\n1,x\n", mtime=0))))
    assert fault(tmp_path / "c.gz", tmp_path).key == "archive_nested"
    assert not list((tmp_path / "temporary").iterdir())


def test_documents_have_a_size(write: Write, tmp_path: Path) -> None:
    file = write("a.json", '[{"id": 1}]')
    with pytest.raises(Fault) as caught, open_table(file, folder=tmp_path / "temporary", caps=replace(CAPS, document=5)):
        pass
    assert caught.value.key == "file_too_large"


def test_a_folder_is_read_file_by_file(write: Write, tmp_path: Path) -> None:
    write("data/2.csv", "id,what,extra\n3,z,e\n4\n")
    write("data/1.csv", "id,what\n1,x\n2,y\n")
    write("data/SOURCE.md", "not data")
    write("data/.hidden.csv", "id\n9\n")
    opened, rows, numbers, broken = read(tmp_path / "data", tmp_path)
    assert [row["id"] for row in rows] == ["1", "2", "3"] and rows[0]["extra"] is None
    assert numbers == [1, 2, 3] and [row.row_number for row in broken] == [4]
    first = opened.sha256
    write("data/3.json", '[{"name": 1, "metadata": 2}]')
    assert fault(tmp_path / "data", tmp_path).key == "folder_mixed"
    (tmp_path / "data/3.json").unlink()
    assert read(tmp_path / "data", tmp_path)[0].sha256 == first


@pytest.fixture
def address() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server asks for
            if self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", "/data.csv")
                self.end_headers()
                return
            self.send_response(404 if self.path.startswith("/gone") else 200)
            self.end_headers()
            self.wfile.write(CHINESE.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_addresses(address: str, tmp_path: Path) -> None:
    opened, rows, _, _ = read(f"{address}/data.csv?x=1", tmp_path)
    assert (opened.file_name, len(rows)) == ("data.csv", 2)
    assert len(read(f"{address}/moved", tmp_path)[1]) == 2
    gone = fault(f"{address}/gone.csv", tmp_path)
    assert (gone.key, gone.values["status"]) == ("url_answer", 404)
    assert fault("ftp://example.org/a.csv", tmp_path).key == "url_scheme"
    assert fault("file:///etc/passwd", tmp_path).key == "url_scheme"
    assert fault("http://127.0.0.1:9/a.csv", tmp_path).key == "url_unreachable"
    assert fault("http://[broken/a.csv", tmp_path).key == "url_unreachable"
    small = replace(CAPS, fetched=10)
    with pytest.raises(Fault) as caught, open_table(f"{address}/a.csv", folder=tmp_path / "temporary", caps=small):
        pass
    assert caught.value.key == "file_too_large"


CELL = st.text(st.sampled_from('ab,"\n; 灯\t|'), max_size=6)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_what_csv_writes_is_read(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("id", "kind", "text"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.csv"
        file.write_bytes(text.getvalue().encode())
        _, found, numbers, broken = read(file, Path(folder))
    assert broken == [] and numbers == list(range(1, len(rows) + 1))
    assert [tuple(row.values()) for row in found] == [tuple(cell or None for cell in row) for row in rows]
