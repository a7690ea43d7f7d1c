"""The streams `users`, `leads` and `customer_attributes` of API 2.x, with the names and columns that 1.4 has.

On 2.x they are contacts and contact attributes, and off by default: the streams with these names have the same and
more. Who has read them before, on 1.4 or on 2.x, goes on. docs/names.md shows where each column comes from.
"""

from dataclasses import replace

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.streams.builders import CONTACT_LISTS, list_stream, search_stream
from tap_intercom.streams.model import Permission, Stream, Translation

_LIST_FIELDS = ("companies", "segments", "social_profiles", "tags")
_V1_NAMES = {
    "external_id": "user_id",
    "last_seen_at": "last_request_at",
    "location": "location_data",
    "workspace_id": "app_id",
}
_V1_LOCATION_NAMES = {"city": "city_name", "country": "country_name", "region": "region_name"}
_NO_OWNER: tuple[tuple[object, dict[str, object]], ...] = ((0, {"owner_id": None}), ("0", {"owner_id": None}))

# The name of a standard attribute is the path of the field that it describes.
_V1_ATTRIBUTE_NAMES = {
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
        attribute_streams={"custom_attributes": "contact_attributes"},
        by_day=True,
        unwrap=dict.fromkeys(_LIST_FIELDS, "data"),
        resource="contacts",
        filters=(("role", "=", role),),
        full_lists={name: CONTACT_LISTS[name] for name in _LIST_FIELDS if name in CONTACT_LISTS},
    )
    translation = Translation(
        renamed=_V1_NAMES,
        constants=constants,
        cases={"owner_id": _NO_OWNER},
        nested={"location_data": Translation(renamed=_V1_LOCATION_NAMES, constants={"type": "location_data"})},
    )
    row = replace(row, part_of="contacts", part_values={"role": frozenset({role})})
    return _in_v1_columns(row, translation)


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
                (name, {"full_name": v1_name, "name": v1_name.rpartition(".")[2]})
                for name, v1_name in _V1_ATTRIBUTE_NAMES.items()
            ),
        },
    )
    return _in_v1_columns(row, translation)


def _in_v1_columns(row: Stream, translation: Translation) -> Stream:
    """Give a row the schema of 1.4. The fields that it lacks are in the streams `contacts` and `contact_attributes`."""
    return replace(
        row,
        schema=row.name,
        layout=replace(row.layout, translation=translation, is_partial=True),
        by_default=False,
        on_with_bookmark_of=("leads", "users"),
    )


STREAMS: tuple[Stream, ...] = (
    _attributes(),
    _person("leads", "lead", {"type": "contact", "anonymous": True}),
    _person("users", "user", {"type": "user", "anonymous": False}),
)
