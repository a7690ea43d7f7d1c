"""Whole numbers in parameters: texts that are too long are refused like texts that are no numbers."""

from collections.abc import Callable
from typing import Any

import pytest

DIGITS = "9" * 4400


@pytest.mark.parametrize(
    ("version", "target"),
    [
        ("1.4", "/users?per_page={}"),
        ("1.4", "/users?page={}"),
        ("1.4", "/users?created_since={}"),
        ("1.4", "/users?updated_since={}"),
        ("2.16", "/tags?page={}"),
        ("2.16", "/articles?per_page={}"),
        ("2.16", "/macros?updated_since={}"),
        ("2.16", "/admins/activity_logs?created_at_after={}"),
        ("2.16", "/events?type=user&user_id=1&since={}"),
    ],
)
@pytest.mark.parametrize("digits", [DIGITS, "9" * 400, "9" * 19])
def test_a_number_of_too_many_digits_is_refused(ask: Any, version: str, target: str, digits: str) -> None:
    if "events" in target:
        target = target.replace("user_id=1", f"intercom_user_id={next(iter(ask.workspace.world.users)).id}")
    assert ask(target.format(digits), version=version).error[:2] == (400, "parameter_invalid")


def test_small_pages_leave_a_number_of_too_many_digits_as_it_is(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"page_most": 5})
    assert ask(f"/users?per_page={DIGITS}").error[:2] == (400, "parameter_invalid")
