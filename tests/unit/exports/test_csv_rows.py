import csv
import gzip
import io
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.exports.csv_rows import LONGEST_ROW, UNPACKED_BYTES, CsvReader


def rows_of(content: bytes, size: int = 7) -> list[list[str]]:
    table = CsvReader()
    found = [
        row
        for start in range(0, len(content), size)
        for rows in table.take(content[start : start + size])
        for row in rows
    ]
    return found + table.finish()


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00")).filter(lambda cell: "\r" not in cell)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1), st.integers(1, 50), st.booleans())
def test_a_table_is_what_was_written_however_it_comes(rows: list[list[str]], size: int, packed: bool) -> None:
    content = written([["a", "b"], *rows])
    assert rows_of(gzip.compress(content) if packed else content, size) == [["a", "b"], *rows]


def test_a_last_row_may_lack_its_line_break_and_a_file_may_begin_with_a_mark() -> None:
    assert rows_of(b"\xef\xbb\xbfid,name\n\n1,x") == [["id", "name"], ["1", "x"]]
    assert rows_of(b"a") == [["a"]]


def test_a_file_may_be_compressed_in_parts_and_filled_up() -> None:
    assert rows_of(gzip.compress(b"a,b\n1,") + gzip.compress(b"2\n") + b"\0" * 20) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a,b\n" * 100, mtime=0)[:-9], "cut off"),
        (b'a,b\n1,"', "cut off"),
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"\x1f\x8bnonsense, and more of it", "cannot be unpacked"),
        (b"<html>", "no table"),
        (b'{"type":"error.list"}', "no table"),
        (b"null", "no table"),
        (b"{}", "no table"),
        (b"\x1f\x8b", "cut off"),
    ],
)
def test_what_is_broken_is_garbled(content: bytes, message: str) -> None:
    with pytest.raises(InvalidBody, match=message):
        rows_of(content)


def test_what_cannot_be_read_is_of_an_unknown_shape() -> None:
    with pytest.raises(ContractError, match="ZIP"):
        rows_of(b"PK\x03\x04 and so on")
    with pytest.raises(ContractError, match="no table of comma-separated values"):
        rows_of(b"a,b\rc,d\n")
    with pytest.raises(ContractError, match="more than 8,000,000 characters"):
        rows_of(b'a,b\n"' + b"x" * LONGEST_ROW, 100_000)


def test_little_is_held_of_a_file_that_unpacks_to_very_much() -> None:
    row = b"a,b," + b"c" * 500 + b"\n"
    content = gzip.compress(row * (64 * UNPACKED_BYTES // len(row)))
    table = CsvReader()
    tracemalloc.start()
    count = sum(len(rows) for rows in table.take(content)) + len(table.finish())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 64 * UNPACKED_BYTES // len(row)
    assert most < 64 * UNPACKED_BYTES


def test_what_does_not_compress_comes_as_well() -> None:
    dice = random.Random(5)
    rows = [["id", "text"], *([str(number), dice.randbytes(500).hex()] for number in range(2000))]
    assert rows_of(gzip.compress(written(rows)), 65_536) == rows


def test_a_last_row_that_is_too_short_and_has_no_line_break_was_cut_off() -> None:
    with pytest.raises(InvalidBody, match="cut off"):
        rows_of(b"a,b\n1,2\n3")
    assert rows_of(b"a,b\n3\n1,2")[-1] == ["1", "2"]
    assert rows_of(b"a,b\n1,2\n3\n")[-1] == ["3"]
