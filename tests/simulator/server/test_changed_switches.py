"""A switch that is changed while the simulator runs does the same as one that it started with."""

from typing import Any, get_args

import msgspec
import pytest

from intercom_simulator.protocol.behaviours import Behaviours, changed_behaviours

REQUESTS = (
    ("/me", "1.4"),
    ("/tags", "1.4"),
    ("/users?per_page=60", "1.4"),
    ("/users?created_since=300", "1.4"),
    ("/contacts?sort=updated_at", "1.4"),
    ("/conversations?per_page=60", "1.4"),
    ("/conversations/9999998000", "1.4"),
    ("/contacts", "2.16"),
    ("/conversations?per_page=60", "2.16"),
    ("/conversations/9999998000", "2.16"),
    ("/conversations/9999998000?display_as=plaintext", "2.14"),
    ("/tickets/9903", "2.16"),
    ("/admins/999990", "2.16"),
    ("/admins?display_avatar=true", "2.16"),
)


def another_value(field: msgspec.structs.FieldInfo) -> object:
    kind, default = field.type.__origin__, field.default
    if isinstance(default, bool):
        return not default
    if isinstance(default, str) and not get_args(kind):
        return {"app_version": "2.11", "timezone": "Asia/Kathmandu"}.get(field.name, "tags, /conversations/*")
    return 2 if kind in (int, float) else next(value for value in get_args(kind) if value != default)


def answers(ask: Any) -> list[tuple[int, bytes]]:
    replies = [ask(target, version=version) for target, version in REQUESTS]
    return [(reply.status, reply.body if reply.status == 200 else b"") for reply in replies]


@pytest.mark.parametrize("field", msgspec.structs.fields(Behaviours), ids=lambda field: field.name)
def test_a_changed_switch_is_that_of_a_new_simulator(open_workspace: Any, field: Any) -> None:
    changed, value = open_workspace(), another_value(field)
    answers(changed)
    changed.workspace.set_behaviours(changed_behaviours(Behaviours(), {field.name: value}))
    assert answers(changed) == answers(open_workspace(switches={field.name: value}))
