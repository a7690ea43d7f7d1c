"""What API 1.4 calls users, leads and customer attributes, read from API 2.x in the columns that they have on 1.4.

docs/names.md shows where each column comes from.
"""

from dataclasses import replace

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.streams.builders import CONTACT_LISTS, list_stream, search_stream
from tap_intercom.streams.model import Permission, Stream, Translation

_LISTS = ("companies", "segments", "social_profiles", "tags")
_NAMES = {
    "external_id": "user_id",
    "last_seen_at": "last_request_at",
    "location": "location_data",
    "workspace_id": "app_id",
}
_PLACE_NAMES = {"city": "city_name", "country": "country_name", "region": "region_name"}
_NO_OWNER: tuple[tuple[object, dict[str, object]], ...] = ((0, {"owner_id": None}), ("0", {"owner_id": None}))

# A standard attribute bears the name of the field that it stands for.
_ATTRIBUTES = {
    "external_id": "user_id",
    "last_seen_at": "last_request_at",
    "location.city": "location_data.city_name",
    "location.continent_code": "location_data.continent_code",
    "location.country": "location_data.country_name",
    "location.country_code": "location_data.country_code",
    "location.region": "location_data.region_name",
    "location.timezone": "location_data.timezone",
}


def _person(name: str, role: str, constants: dict[str, object]) -> Stream:
    row = search_stream(
        name,
        Permission.PEOPLE,
        records_at=("data",),
        attributes={"custom_attributes": "contact_attributes"},
        by_day=True,
        unwrap=dict.fromkeys(_LISTS, "data"),
        resource="contacts",
        filters=(("role", "=", role),),
        full_lists={name: CONTACT_LISTS[name] for name in _LISTS if name in CONTACT_LISTS},
    )
    translation = Translation(
        renamed=_NAMES,
        constants=constants,
        cases={"owner_id": _NO_OWNER},
        nested={"location_data": Translation(renamed=_PLACE_NAMES, constants={"type": "location_data"})},
    )
    return _in_old_columns(row, translation)


def _attributes() -> Stream:
    row = list_stream(
        "customer_attributes",
        Permission.PEOPLE,
        PageNumberPaginator(path="/data_attributes", query=(("model", "contact"),)),
        key=("name",),
    )
    translation = Translation(
        cases={
            "model": (("contact", {"model": "customer"}),),
            "full_name": tuple(
                (was, {"full_name": now, "name": now.rpartition(".")[2]}) for was, now in _ATTRIBUTES.items()
            ),
        },
    )
    return _in_old_columns(row, translation)


def _in_old_columns(row: Stream, translation: Translation) -> Stream:
    """Give a row the schema of 1.4; what that lacks is in the streams that 2.x has under its own names."""
    return replace(row, schema=row.name, layout=replace(row.layout, translation=translation, is_partial=True))


V1_NAMED_STREAMS: tuple[Stream, ...] = (
    _attributes(),
    _person("leads", "lead", {"type": "contact", "anonymous": True}),
    _person("users", "user", {"type": "user", "anonymous": False}),
)
