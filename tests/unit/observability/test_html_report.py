"""The report as a page."""

import re
from html.parser import HTMLParser

import pytest

from run_reports import HOSTILE, hard_run, run_report, stream, window
from tap_intercom.observability.html_report import duration_text, html_report
from tap_intercom.observability.run_report import Remark


class Reader(HTMLParser):
    """The tags of a page with their attributes, and its text without its style."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.said = ""
        self._within = ""
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self.said += "\n" if tag in {"p", "li", "tr", "h1", "h2", "dt"} else " "
        self._within = ""

    def handle_data(self, data: str) -> None:
        self.said += "" if self._within == "style" else data


def shown(content: bytes) -> str:
    return re.sub(r" +", " ", Reader(content).said)


def test_a_run_that_read_everything_says_so_first() -> None:
    said = shown(html_report(run_report(records=12_345, seconds=61.0, streams=[stream("tags")])))
    assert "Sync of Intercom: complete \n" in said
    assert "Everything that is selected was read. Exit code 0. \n" in said
    assert "2026-03-01 23:50:00 to 23:51:01 UTC, 1 min 1 s" in said
    assert "12,345 records" in said
    assert "1 of 1 streams complete" in said
    assert "Intercom told of no quota." in said
    assert "Warnings" not in said


def test_a_run_that_failed_says_why_and_what_to_do_before_all_else() -> None:
    remarks = [Remark(stream="calls", message="403; give the app the permission")]
    said = shown(html_report(run_report(exit_code=3, errors=remarks)))
    assert "Sync of Intercom: not complete" in said
    assert "Put a valid token into access_token" in said
    assert said.index("calls 403; give the app the permission") < said.index("records")


def test_what_was_said_of_several_streams_is_said_once_and_much_is_behind_a_fold() -> None:
    same = [Remark(stream=name, message="no answer") for name in ("tags", "teams")]
    many = [Remark(stream=None, message=f"odd {n}") for n in range(20)]
    content = html_report(run_report(exit_code=5, errors=same, warnings=many))
    assert "tags teams no answer" in shown(content)
    assert "and 14 more" in shown(content)
    assert Reader(content).tags.count("details") == 1


def test_warnings_make_a_verdict_of_their_own() -> None:
    said = shown(html_report(run_report(warnings=[Remark(stream=None, message="odd")], warnings_left_out=2)))
    assert "complete, with warnings" in said
    assert "2 more warnings stand in the log." in said


def test_streams_that_are_not_complete_come_first() -> None:
    rows = re.findall(r"^ ?(\w+) (failed|complete|nothing read) ", shown(html_report(hard_run())), re.MULTILINE)
    assert rows[0] == ("calls", "failed")
    assert rows[1] == ("contacts", "complete")
    assert rows[-1] == ("brands", "nothing read")


def test_the_quota_is_told_in_numbers_too() -> None:
    said = shown(
        html_report(run_report(quota=[window(-3.0, 700, 100, 1000), window(7.0, 10, 990, 1000)], seconds=12.0))
    )
    assert "0 s 700 200 100 1,000 \n7 s 10 0 990 1,000 \n" in said


def test_settings_that_are_not_set_are_left_out() -> None:
    said = shown(
        html_report(run_report(settings={"base_url": "https://a", "quota_share": 0.5, "x": None, "y": [], "z": False}))
    )
    assert "base_url https://a" in said
    assert "quota_share 0.5" in said
    assert "\nz false" in said
    assert "\nx " not in said
    assert "\ny " not in said


def test_whatever_a_server_says_is_text_on_the_page() -> None:
    clean, hostile = Reader(html_report(hard_run("odd"))), Reader(html_report(hard_run(HOSTILE)))
    assert hostile.tags == clean.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in clean.attributes]
    assert hostile.said.count("<script>alert(1)</script>") == 5
    assert not {"\x00", "\x1b", "\u202e"} & set(html_report(hard_run(HOSTILE)).decode())


def test_the_page_needs_nothing_but_itself() -> None:
    content = html_report(hard_run("odd"))
    reader = Reader(content)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "a", "base"} & set(reader.tags)
    assert not {"src", "href", "srcset", "data", "style"} & {name for name, _ in reader.attributes}
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert b"url(" not in content
    assert b"@import" not in content
    assert len(content) < 200_000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.4, "59 min 59 s"),
        (7380, "2 h 3 min"),
    ],
)
def test_a_span_is_said_in_words_that_fit_its_length(seconds: float, said: str) -> None:
    assert duration_text(seconds) == said
