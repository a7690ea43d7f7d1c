"""Scrolls that end early, lose pages or fail, read by the real command: all comes, or the run says what is missing."""

import time

import pytest

from conftest import Simulator, Tap
from record_checks import unfaithful

STREAMS = [("companies", "1.4"), ("leads", "1.4"), ("users", "1.4"), ("companies", "2.16")]
SCALE = {"companies": 3, "leads": 6, "users": 3}  # some hundreds of each
LOST = ("http-504-html", "empty-200", "null-200", "cut-off-json", "cut-off-body", "reset-before", "reset-in-headers")


def scrolls(simulator: Simulator) -> int:
    asked = [request for request in simulator.requests() if request["path"].endswith("/scroll")]
    return sum("scroll_param" not in request["query"] for request in asked if request["status"] == 200)


@pytest.mark.parametrize(("stream", "version"), STREAMS)
@pytest.mark.parametrize(
    "faults", [["scroll-short", "scroll-expired"], ["scroll-empty"], ["scroll-expired"], ["scroll-500"]]
)
def test_an_end_is_believed_where_all_that_is_counted_has_come(
    simulator: Simulator, tap: Tap, stream: str, version: str, faults: list[str]
) -> None:
    simulator.reset(scale=SCALE[stream])
    catalog = tap.catalog(stream, api_version=version)
    for nth, fault in enumerate(faults, 1):
        simulator.fail(fault, "*/scroll", nth=nth)
    before = simulator.counts(version)[stream]
    output = tap(api_version=version, catalog=catalog)
    after = simulator.counts(version)[stream]
    assert (after < before) is any(fault in {"scroll-short", "scroll-empty"} for fault in faults)
    assert not unfaithful(stream, simulator.truth(stream, version), output.records(stream))
    assert output.counts()[stream] == len({row["id"] for row in output.records(stream)})
    assert output.state["bookmarks"][stream]


@pytest.mark.parametrize("fault", LOST)
def test_a_step_whose_answer_is_lost_is_asked_again(simulator: Simulator, tap: Tap, fault: str) -> None:
    simulator.reset(scale=3)
    simulator.fail(fault, "*scroll_param=*", nth=1)
    output = tap(catalog=tap.catalog("companies"))
    assert output.counts() == {"companies": simulator.counts()["companies"]}
    assert scrolls(simulator) == 2


def test_a_quarter_of_all_answers_may_fail(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(scale=3, faults={"http-503": 0.25})
    began = time.monotonic()
    output = tap(catalog=tap.catalog("users"))
    assert output.counts() == {"users": simulator.counts()["users"]}
    assert (time.monotonic() - began, scrolls(simulator)) < (30, 2)


def test_after_a_few_broken_scrolls_the_list_is_read(simulator: Simulator, tap: Tap) -> None:
    for version, path in (("1.4", "/companies"), ("2.16", "/companies/list")):
        simulator.reset(scale=3)
        catalog = tap.catalog("companies", api_version=version)
        simulator.forget_requests()
        simulator.fail("scroll-500", "/companies/scroll", nth=2, times=1000)
        output = tap(api_version=version, catalog=catalog)
        assert output.counts() == {"companies": simulator.counts(version)["companies"]}
        assert scrolls(simulator) == 3
        assert [one for one in simulator.requests() if one["path"] == path and "page=2" in one["query"]]


def test_what_is_missing_is_said_and_no_bookmark_moves(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(scale=3, switches={"page_cap": 60})
    simulator.fail("scroll-expired", "/companies/scroll", nth=2, times=1000)
    output = tap(catalog=tap.catalog("companies"), code=5)
    missing = simulator.counts()["companies"] - output.counts()["companies"]
    assert f"{missing} of {simulator.counts()['companies']} records are missing; run again later" in output.stderr
    assert not output.state.get("bookmarks")


def test_children_are_asked_for_once_however_often_their_parents_come(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(scale=3)
    catalog = tap.catalog("companies", "company_notes", api_version="2.15")
    simulator.forget_requests()
    simulator.fail("cut-off-json", "*scroll_param=*", nth=1)
    simulator.fail("scroll-expired", "/companies/scroll", nth=3)
    output = tap(api_version="2.15", catalog=catalog)
    notes = [one for one in simulator.requests() if one["path"].endswith("/notes")]
    asked = [one["path"] for one in notes if "page=2" not in one["query"]]
    assert len(asked) == len(set(asked)) == output.counts()["companies"] == simulator.counts("2.15")["companies"]
