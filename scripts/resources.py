"""What a row of the table is that the schemas of API 2.x are made by, and what holds for all of them."""

from dataclasses import dataclass, field
from typing import Any, Final

Notation = Any  # a kind, {field: notation} for an object, [notation] for a list

STRING, INTEGER, NUMBER, BOOLEAN, MOMENT, OPEN = "string", "integer", "number", "boolean", "date-time", "open"

# Whatever the OpenAPI files say of a field of this name, wherever it is. They have an avatar as a text, the API (and
# /me) has it as an object; the keys of a translated content are locales.
DECIDED: Final[dict[str, Notation]] = {
    "avatar": {"type": STRING, "image_url": STRING},
    "custom_attributes": OPEN,
    "ticket_attributes": OPEN,
    "translated_content": OPEN,
}

Given = dict[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One stream of API 2.x.

    `places` are components of the OpenAPI files, or what is in one: `merge_history_list.data`. `calls` is the request
    that reads it in the newest version, `records_at` the dotted path of the list in the answer (empty: the answer is
    the record). `versions` are the first and the last that have it; None is "and later". `given` are fields that the
    tap fills from the parent, with their kind and meaning. `lists` are wrapped lists, with the key of the list in its
    wrapper. `decided` are fields whose kind is decided by hand or that the files lack. `elsewhere` are fields that
    come but are left out, since another stream has them; `only` keeps just these fields, for the same reason.
    """

    name: str
    calls: str
    records_at: str
    places: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    cursor: str | None = None
    parent: str | None = None
    versions: tuple[str, str | None] = ("2.7", None)
    given: Given = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    decided: dict[str, Notation] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def given_by(parent: str, *, moments: tuple[str, ...] = ()) -> Given:
    """Name the fields that a child has from its parent."""
    fields: Given = {f"{parent}_id": (STRING, f"The id of the {parent.replace('_', ' ')} that this belongs to")}
    meanings = {"created_at": "created", "updated_at": "last updated"}
    for moment in moments:
        fields[f"{parent}_{moment}"] = (MOMENT, f"The time when the {parent} was {meanings[moment]}")
    return fields


CONTACT: Final = given_by("contact", moments=("updated_at",))
COMPANY: Final = given_by("company", moments=("updated_at",))
CONVERSATION: Final = given_by("conversation", moments=("updated_at",))
TICKET: Final = given_by("ticket", moments=("updated_at",))
POSITION: Final[Given] = {"position": (INTEGER, "The place in the list, from 0, since Intercom gives these no id")}
SINCE_2_12: Final = ("2.12", None)
SINCE_2_14: Final = ("2.14", None)
SINCE_2_15: Final = ("2.15", None)
SINCE_2_16: Final = ("2.16", None)
