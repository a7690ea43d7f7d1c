"""How the file of a report is written: whole or not at all, and nothing else is left behind."""

from pathlib import Path

import pytest

from tap_intercom.observability.report_file import write_file


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_takes_the_place_of_the_last_one_and_nothing_else_is_left(tmp_path: Path) -> None:
    aim = tmp_path / "report.html"
    write_file(str(aim), b"one")
    write_file(str(aim), b"two")
    assert aim.read_bytes() == b"two"
    assert names(tmp_path) == ["report.html"]


def test_a_file_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    aim = tmp_path / "report.html"
    aim.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_file(str(aim), b"one")
    assert names(tmp_path) == ["report.html"]


@pytest.mark.parametrize("path", ["missing/report.html", "a\x00.html", "x" * 300 + ".html"])
def test_what_can_be_no_file_is_an_error(tmp_path: Path, path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        write_file(str(tmp_path / path), b"one")
    assert not names(tmp_path)
