"""Files become one normalised batch; nothing is lost on the way."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from city_brain import clock
from city_brain.errors import Fault
from city_brain.incidents.model import SCHEMA, Location, Source
from city_brain.intake.normalise import Prepared, normalise_rows, prepare
from city_brain.intake.profiles import Profile, find, save_profile
from city_brain.intake.reading.rows import FLAGS, REASONS
from city_brain.settings import Settings
from city_brain.text import LANGUAGES, Text

from .test_profiles import NYC, SF_PORTAL

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
PROFILE = Profile(
    name="town", prefix="T", timezone="Asia/Shanghai", datum="wgs84",
    columns={
        "external_id": ("id",), "reported_at": ("opened", "received"), "closed_at": ("closed",), "due_at": ("due",),
        "updated_at": ("updated",), "status": ("status",), "source_type": ("type",), "lon": ("x",), "lat": ("y",),
        "district": ("district",), "description": ("text",),
    },
)  # fmt: skip
Row = Mapping[str, str]


class Desk:
    """A place to put files and prepare them, with the clock held still."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, Settings(home=folder / "home")
        self.out = folder / "out"

    def csv(self, rows: Sequence[Row], headers: Sequence[str] = (), name: str = "town.csv") -> Path:
        text = io.StringIO()
        writer = csv.DictWriter(text, headers or list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
        return self.text(text.getvalue(), name)

    def text(self, content: str | bytes, name: str = "town.csv") -> Path:
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def prepare(self, place: Path, **wishes: object) -> Prepared:
        with clock.held(NOW):
            found = prepare(place, settings=self.settings, folder=self.out, **wishes)  # type: ignore[arg-type]
        assert found.read == found.taken + found.duplicates + len(found.rejected)
        assert found.parquet.name == f"{found.sha256}.parquet"
        assert hashlib.sha256(found.parquet.read_bytes()).hexdigest() == found.sha256
        table = pq.read_table(found.parquet)
        assert table.schema.equals(SCHEMA)
        assert len(table) == found.taken == sum(found.quality.values())
        for column in SCHEMA:
            assert column.nullable or table[column.name].null_count == 0, column.name
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rows_of(found: Prepared) -> list[dict[str, object]]:
    return pq.read_table(found.parquet).to_pylist()


def row(**cells: str) -> Row:
    return {"id": "1", "opened": "2024-05-01 08:00:00", "type": "路灯", "x": "114.3051", "y": "30.5931"} | cells


def test_a_row(desk: Desk) -> None:
    found = desk.prepare(
        desk.csv([row(closed="2024-05-02 08:00", status="已办结", text=" 坏了\n很久 ", colour='a"b\\c\n')]), profile=PROFILE
    )
    [only] = rows_of(found)
    assert only["reported_at"] == datetime(2024, 5, 1, 0, tzinfo=UTC)
    assert only["closed_at"] == datetime(2024, 5, 2, 0, tzinfo=UTC)
    assert (only["status"], only["source_status"], only["source_type"]) == ("closed", "已办结", "路灯")
    assert (only["lon"], only["lat"], only["location_quality"]) == (114.3051, 30.5931, Location.POINT)
    assert (only["description"], only["flags"], only["row_number"]) == ("坏了\n很久", None, 1)
    assert orjson.loads(str(only["attributes"])) == {"colour": 'a"b\\c'}
    assert found.horizon == datetime(2024, 5, 2, 0, tzinfo=UTC)
    assert found.preview[0]["external_id"] == "1"
    assert (found.source.name, found.source.prefix, found.file_name) == ("town", "T", "town.csv")


@pytest.mark.parametrize(
    ("cells", "flags", "closed"),
    [
        ({"status": "处置中"}, None, False),
        ({"status": "未办结"}, None, False),
        ({"status": "Closed - Duplicate"}, "closed_time_unknown", True),
        ({"status": "", "closed": "2024-05-03"}, None, True),
        ({"status": "open", "closed": "2024-05-03"}, "closed_while_open", False),
        ({"status": "closed", "closed": "2024-04-30"}, "closed_before_reported", True),
        ({"status": "closed", "closed": "2034-04-30"}, "closed_in_future", True),
        ({"status": "closed", "closed": "soon"}, "closed_unreadable", True),
        ({"due": "2059-12-31"}, "due_implausible", False),
        ({"due": "2024-04-01"}, "due_before_reported", False),
        ({"due": "5 天"}, "due_unreadable", False),
        ({"updated": "2024-09-01"}, "updated_in_future", False),
        ({"updated": "?"}, "updated_unreadable", False),
        ({"opened": "2024-05-01"}, "date_only", False),
        ({"opened": "1970-05-01 08:00:00"}, "very_old", False),
        ({"x": "east"}, "coordinates_unreadable", False),
        ({"id": ""}, "id_derived", False),
    ],
)
def test_marks(desk: Desk, cells: dict[str, str], flags: str | None, closed: bool) -> None:
    found = desk.prepare(desk.csv([row(**cells), row(id="2")], headers=[*row(), "status", "closed", "due", "updated"]), profile=PROFILE)
    first = rows_of(found)[0]
    assert (first["flags"], first["status"] == "closed") == (flags, closed)
    assert found.flags == ({flags: 1} if flags else {})
    assert flags is None or flags in FLAGS
    left_out = {"due_implausible": "due", "closed_in_future": "closed", "closed_while_open": "closed", "due_unreadable": "due"}.get(
        flags or ""
    )
    if left_out:
        assert first[f"{left_out}_at"] is None
        assert orjson.loads(str(first["attributes"])) == {left_out: cells[left_out]}, "what was stated is kept"


def test_rows_set_aside(desk: Desk) -> None:
    good = desk.csv([row()]).read_bytes()
    bad = [
        b"2,2024-05-01 08:00:00,x,114.3,30.5,too many",
        b"3,,x,114.3051,30.5931",
        b"4,yesterday,x,114.3051,30.5931",
        b"5,2024-06-01 20:06:00,x,114.3051,30.5931",
        b"6,2024-05-01 08:00:00,\xff\xfe,114.3051,30.5931",
        b"7,2024-05-01 08:00:00,nul \x00,114.3051,30.5931",
        b",2024-05-01 08:00:00,x,114.3051,30.5931",
    ]
    fine = b"8,2024-06-01 20:04:00,x,114.3051,30.5931"
    found = desk.prepare(desk.text(good + b"\n".join([*bad, fine])), profile=replace(PROFILE, id_required=True))
    assert [(one.row_number, one.reason) for one in found.rejected] == [
        (2, "wrong_number_of_fields"), (3, "no_time"), (4, "bad_time"), (5, "time_in_future"), (6, "bad_text"), (7, "bad_text"),
        (8, "no_id"),
    ]  # fmt: skip
    assert [one["row_number"] for one in rows_of(found)] == [1, 9]
    assert found.rejected[0].row == dict.fromkeys(("id", "opened", "type", "x", "y")) | {"_line": bad[0].decode()}
    assert found.rejected[2].row["opened"] == "yesterday" and found.rejected[2].values == {"text": "yesterday"}
    assert {one.reason for one in found.rejected} == set(REASONS)
    for language in LANGUAGES:
        for one in found.rejected:
            said = Text(language)(f"quarantine.{one.reason}", **one.values)
            assert "{" not in said and "[" not in said


def test_the_later_of_two_rows_with_one_identifier_wins(desk: Desk) -> None:
    rows = [row(text="first"), row(id="2"), row(text="second"), row(text="third", opened="never")]
    found = desk.prepare(desk.csv(rows, headers=[*row(), "text"]), profile=PROFILE)
    assert (found.read, found.taken, found.duplicates, len(found.rejected)) == (4, 2, 1, 1)
    assert [(one["external_id"], one["description"]) for one in rows_of(found)] == [("2", None), ("1", "second")]
    assert found.quality == {"point": 2}


def test_identifiers_are_made_from_the_content_and_stay(desk: Desk) -> None:
    rows = [{key: cell for key, cell in row(type=kind).items() if key != "id"} for kind in "abba"]
    first = [one["external_id"] for one in rows_of(desk.prepare(desk.csv(rows), profile=PROFILE))]
    assert first[3] == f"{first[0]}-2" and first[2] == f"{first[1]}-2" and len(set(first)) == 4
    later = desk.prepare(desk.csv([*rows, {**rows[0], "type": "c"}]), profile=PROFILE)
    assert [one["external_id"] for one in rows_of(later)][:4] == first
    assert later.flags["id_derived"] == 5


def test_the_same_input_gives_the_same_bytes(desk: Desk) -> None:
    rows = [row(id=str(number), text=f"第 {number} 件", extra=str(number)) for number in range(500)]
    first = desk.prepare(desk.csv(rows), profile=PROFILE)
    second = prepare(desk.csv(rows), settings=desk.settings, folder=desk.folder / "elsewhere", profile=PROFILE)
    assert (first.sha256, first.file_sha256) == (second.sha256, second.file_sha256)
    assert not list(desk.out.glob("*.tmp"))


def test_day_and_month_are_told_over_the_whole_file(desk: Desk) -> None:
    rows = [row(id=str(day), opened=f"{day:02d}/03/2024 08:00") for day in range(1, 15)]
    found = desk.prepare(desk.csv(rows), profile=PROFILE)
    assert rows_of(found)[0]["reported_at"] == datetime(2024, 3, 1, 0, tzinfo=UTC)
    assert found.reading.date_order == "dmy" and "date_order_assumed" not in found.flags
    found = desk.prepare(desk.csv(rows[:12]), profile=PROFILE)
    assert found.flags["date_order_assumed"] == 11
    assert rows_of(found)[0]["reported_at"] == datetime(2024, 1, 3, 0, tzinfo=UTC) or found.rejected


def test_points_are_moved_to_wgs84(desk: Desk) -> None:
    found = desk.prepare(desk.csv([row(x="114.305438", y="30.597584")]), profile=PROFILE, datum="GCJ-02")
    [only] = rows_of(found)
    assert abs(float(str(only["lon"])) - 114.3) < 1e-4 and abs(float(str(only["lat"])) - 30.6) < 1e-4
    assert found.source.datum == "gcj02"


def test_areas_stand_in_for_points(desk: Desk) -> None:
    found = desk.prepare(
        desk.csv([row(x="", y="", district="江岸区"), row(id="2", x="", y=""), row(id="3", x="0", y="0")]), profile=PROFILE
    )
    assert found.quality == {"area": 1, "none": 1, "null_island": 1}
    assert found.centre is None


def test_impossible_coordinates_are_kept_as_stated(desk: Desk) -> None:
    rows = [row(id=str(number), x=f"114.30{number:02d}", y=f"30.59{number:02d}") for number in range(60)]
    rows += [row(id="a", x="30.5931", y="114.3051"), row(id="b", x="999", y="-1")]
    found = desk.prepare(desk.csv(rows), profile=PROFILE)
    assert found.quality == {"outside": 1, "point": 60, "swapped": 1}
    swapped, outside = rows_of(found)[-2:]
    assert (swapped["lon"], swapped["lat"]) == (None, None)
    assert orjson.loads(str(swapped["attributes"])) == {"x": "30.5931", "y": "114.3051"}
    assert orjson.loads(str(outside["attributes"])) == {"x": "999", "y": "-1"}


def test_what_the_file_does_not_say_is_asked_for(desk: Desk) -> None:
    def key(place: Path, **wishes: object) -> str:
        with pytest.raises(Fault) as caught:
            desk.prepare(place, **wishes)
        return caught.value.key

    plain = desk.csv([{"id": "1", "created": "2024-05-01 08:00"}])
    assert key(plain) == "timezone_missing"
    assert desk.prepare(plain, timezone="America/New_York").source.timezone == "America/New_York"
    assert key(plain, timezone="Mars") == "timezone"
    feet = desk.csv([{"id": "1", "created": "2024-05-01T08:00Z", "x": "7644000", "y": "683000"}])
    assert key(feet) == "datum_missing"
    assert desk.prepare(feet, datum="epsg:2913").quality == {"point": 1}
    assert key(feet, datum="mars") == "datum"
    assert key(desk.csv([{"id": "1", "name": "x"}])) == "no_time_column"
    assert key(desk.text("id,created\n")) == "no_rows"
    assert key(plain, profile="nobody") == "profile_missing"
    assert not list(desk.out.glob("*.tmp"))


def test_chinese_files_are_assumed_to_be_in_china(desk: Desk) -> None:
    file = desk.text("编号,上报时间,类型\n1,2024年5月1日 上午8:05,路灯\n2,2024年5月1日 下午8:05,路灯\n".encode("gb18030"), "江岸区案件.csv")
    found = desk.prepare(file)
    assert found.proposal is not None
    assert found.flags == {"status_unknown": 2, "timezone_assumed": 2}
    assert rows_of(found)[1]["reported_at"] == datetime(2024, 5, 1, 12, 5, tzinfo=UTC)
    assert (found.source.name, found.source.title_zh) == ("江岸区案件", "江岸区案件")
    assert desk.prepare(file, timezone="Asia/Shanghai").flags == {"status_unknown": 2}


def test_a_proposal_can_be_corrected_saved_and_found(desk: Desk) -> None:
    file = desk.csv(
        [{"no": "1", "made": "03/04/2024", "done": "13/04/2024", "kind": "x"}, {"no": "2", "made": "04/04/2024", "done": "", "kind": "y"}]
    )
    found = desk.prepare(file, profile="auto", timezone="UTC")
    corrected = replace(found.profile, name="mine", columns={**found.profile.columns, "reported_at": ("made",), "closed_at": ("done",)})
    save_profile(desk.settings, corrected)
    again = desk.prepare(file)
    assert again.profile.name == "mine" and again.proposal is None
    assert rows_of(again)[0]["reported_at"] == datetime(2024, 4, 3, tzinfo=UTC)


def source_of(found: Prepared) -> Source:
    spec = found.source
    return Source(spec.name, spec.title_zh, spec.title_en, spec.prefix, spec.profile, spec.timezone, spec.datum)


def test_mended_rows_take_the_same_path(desk: Desk) -> None:
    rows = [row(id=str(day), opened=f"{day:02d}/03/2024 08:00", type="x") for day in range(1, 15)] + [row(id="99", opened="2/3")]
    found = desk.prepare(desk.csv(rows), profile=PROFILE)
    [rejected] = found.rejected
    with clock.held(NOW):
        mended = normalise_rows(
            [{**rejected.row, "opened": "02/03/2024 08:00"}, rejected.row, {"_line": "1,2"}],
            source=source_of(found), settings=desk.settings, folder=desk.out, profile=found.profile, reading=found.reading,
        )  # fmt: skip
    assert (mended.read, mended.taken) == (3, 1)
    assert [one.reason for one in mended.rejected] == ["bad_time", "no_time"]
    [only] = rows_of(mended)
    assert (only["external_id"], only["reported_at"]) == ("99", datetime(2024, 3, 2, 0, tzinfo=UTC))
    assert mended.source.name == found.source.name


def test_mended_rows_find_the_profile_of_their_source(desk: Desk) -> None:
    file = desk.csv([row(id=str(day), opened=f"{day:02d}/03/2024 08:00") for day in range(1, 15)])
    found = desk.prepare(file, profile="auto", timezone="Asia/Shanghai")

    def mend() -> Prepared:
        return normalise_rows([row(id="99", opened="02/03/2024 08:00")], source=source_of(found), settings=desk.settings, folder=desk.out)

    assert mend().taken == 1, "without a saved profile a mapping is proposed again"
    save_profile(desk.settings, found.profile)
    assert rows_of(mend())[0]["reported_at"] == datetime(2024, 3, 2, 0, tzinfo=UTC)


def nyc(**cells: str) -> Row:
    usual = {
        "Unique Key": "18000001", "Created Date": "07/01/2011 12:05:00 AM", "Closed Date": "07/02/2011 01:15:00 PM", "Agency": "NYPD",
        "Agency Name": "New York City Police Department", "Complaint Type": "Noise - Residential", "Descriptor": "Loud Music/Party",
        "Incident Address": "1 BROADWAY", "Status": "Closed", "Due Date": "07/01/2011 08:05:00 AM", "Borough": "MANHATTAN",
        "Resolution Description": "The Police Department responded.", "Community Board": "01 MANHATTAN", "Open Data Channel Type": "PHONE",
        "Latitude": "40.704811", "Longitude": "-74.014318", "Location": "(40.704811, -74.014318)", "X Coordinate (State Plane)": "980000",
    }  # fmt: skip
    return dict.fromkeys(NYC, "") | usual | cells


def test_new_york(desk: Desk) -> None:
    rows = [
        nyc(),
        nyc(**{"Unique Key": "2", "Status": "Open", "Closed Date": "", "Borough": "Unspecified", "Latitude": "", "Longitude": ""}),
    ]
    found = desk.prepare(desk.csv(rows, NYC, "nyc.csv"))
    assert found.source.profile == "nyc_311" and found.proposal is None
    first, second = rows_of(found)
    assert first["reported_at"] == datetime(2011, 7, 1, 4, 5, tzinfo=UTC)
    assert first["closed_at"] == datetime(2011, 7, 2, 17, 15, tzinfo=UTC)
    assert (first["source_type"], first["title"], first["district"]) == ("Noise - Residential", "Loud Music/Party", "MANHATTAN")
    assert first["category_code"] == "06028"
    assert (second["status"], second["district"], second["location_quality"]) == ("open", None, "area")
    api = [{key.lower().replace(" ", "_"): cell for key, cell in one.items()} for one in rows]
    assert desk.prepare(desk.csv(api, name="api.csv")).source.profile == "nyc_311"


def test_the_portal_of_san_francisco(desk: Desk) -> None:
    cells = {
        "CaseID": "1", "Opened": "07/01/2011 08:05:00 AM", "Closed": "", "Status": "Open", "Category": "Sewer Issues",
        "Request Type": "Odor", "Address": "1 MARKET ST", "Neighborhood": "Rincon Hill", "Latitude": "37.7931", "Longitude": "-122.3951",
    }  # fmt: skip
    [only] = rows_of(desk.prepare(desk.csv([dict.fromkeys(SF_PORTAL, "") | cells], SF_PORTAL)))
    assert only["reported_at"] == datetime(2011, 7, 1, 15, 5, tzinfo=UTC)
    assert (only["source_type"], only["title"], only["category_code"]) == ("Sewer Issues", "Odor", "01004")


def test_urgent_by_type_and_by_the_source(desk: Desk) -> None:
    profile = replace(PROFILE, columns={**PROFILE.columns, "urgency": ("priority",)})
    found = desk.prepare(desk.csv([row(priority="紧急"), row(id="2", priority="一般"), row(id="3", priority="Emergency")]), profile=profile)
    assert [one["urgency"] for one in rows_of(found)] == ["urgent", "normal", "urgent"]


def test_progress_is_told(desk: Desk) -> None:
    told: list[tuple[str, int, int | None]] = []
    desk.prepare(desk.csv([row()]), profile=PROFILE, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert told == [("read", 1, None), ("normalise", 1, 1)]


def test_the_city_can_be_said(desk: Desk) -> None:
    file = desk.text('[{"service_request_id": "1", "requested_datetime": "2024-05-01T08:00:00Z", "status": "open"}]', "requests.json")
    spec = desk.prepare(file, city="Köln").source
    assert (spec.name, spec.city_zh, spec.city_en) == ("open311-köln", "Köln", "Köln")
    assert desk.prepare(file).source.name == "open311-requests"
    assert find("open311", desk.settings).generic


def test_too_many_rows_set_aside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("city_brain.intake.reading.batch.MOST_REJECTED", 3)
    with pytest.raises(Fault) as caught:
        desk.prepare(desk.csv([row(id=str(number), opened="x") for number in range(5)]), profile=PROFILE)
    assert (caught.value.key, caught.value.values["reason"]) == ("too_many_rejected", "bad_time")
    assert not list(desk.out.iterdir())


def test_many_chunks_read_like_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        row(id=str(number % 700), text=f"text {number}", opened="" if number % 50 == 7 else "2024-05-01 08:00:00")
        for number in range(1_000)
    ]
    file = desk.csv(rows)
    whole = desk.prepare(file, profile=PROFILE)
    monkeypatch.setattr("city_brain.intake.formats.delimited._BLOCK", 2_000)
    monkeypatch.setattr("city_brain.intake.formats.delimited._GATHERED", 50)
    parts = desk.prepare(file, profile=PROFILE)
    assert pq.ParquetFile(parts.parquet).num_row_groups > 5
    assert pa.Table.equals(pq.read_table(parts.parquet), pq.read_table(whole.parquet))
    assert (parts.rejected, parts.duplicates, parts.quality) == (whole.rejected, whole.duplicates, whole.quality)
