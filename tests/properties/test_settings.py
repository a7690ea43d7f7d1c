"""Whatever stands in a setting: it is taken, or refused in words that name what is wrong, and say what is right."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_intercom.config.config import configure
from tap_intercom.config.settings import SETTINGS, Setting
from tap_intercom.errors import ConfigError

SOUND = {"access_token": "a-token", "start_date": "2019-01-01T00:00:00Z"}
COMPLAINT = re.compile(
    r"the configuration is not usable: (?P<name>[a-z_]+)(?P<part>(?:\.\w+|\[\d+\])*) is (?P<shape>.+?)"
    r"( and must be (?P<wanted>.+?))? \(for example \"(?P=name)\": (?P<example>.+)\); correct the file given"
)
WORDS = st.sampled_from(["", " ", "a", "a,,b", "none", "gzip", "users", "/files", "5", "[]", "{}", "true", "x" * 300])
NAMES = st.sampled_from(
    ["users", "encoding", "storage", "root", "batch_size", "__alias__", "__key_properties__", "odd"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
every_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
few = settings(max_examples=40)  # for each setting


def complaint(setting: Setting, found: object) -> dict[str, str] | None:
    """Give what is said of a value, taken apart; None where it is taken."""
    try:
        configure({**SOUND, setting.name: found})
    except ConfigError as refused:
        message = str(refused)
    else:
        return None
    said = COMPLAINT.match(message)
    assert said is not None, message
    assert said["name"] == setting.name
    assert json.loads(said["example"]) == setting.example
    return {name: said[name] or "" for name in ("part", "shape", "wanted")}


def at(found: object, part: str) -> list[Any]:
    """Give what lies at the end of the way that a message names; nothing where the last step leads to nothing."""
    for name, place in re.findall(r"\.(\w+)|\[(\d+)\]", part):
        found = found.split(",") if isinstance(found, str) and place else found
        found = json.loads(found) if isinstance(found, str) else found
        if name and isinstance(found, dict) and name not in found:
            return []
        found = found[name] if name else found[int(place)]  # type: ignore[index] # a message that is wrong fails here
    return [found]


def is_shape(said: str, found: list[Any]) -> bool:
    match found:
        case []:
            return said == "missing"
        case [dict()]:
            return said == "an object"
        case [list()]:
            return said == "a list"
        case [str()]:
            return said in {"empty", "blank"} or said.startswith(("a string of ", "the string "))
        case [bool()] | [None]:
            return said == json.dumps(found[0])
    return said == "a number" or said.startswith("the number ")


def says_something(said: dict[str, str], setting: Setting) -> bool:
    """Say whether what must be is another thing than what is."""
    kind = {"an object": dict, "a list": list}.get(said["shape"])
    if kind is not None and (said["wanted"].startswith(said["shape"]) or said["wanted"].endswith(said["shape"])):
        return False
    return kind is None or bool(said["part"]) or not isinstance(setting.example, kind)


@every_setting
@few
@given(found=JSON)
def test_what_is_refused_is_named_with_its_own_shape_and_must_be_another(setting: Setting, found: object) -> None:
    said = complaint(setting, found)
    if said is not None and said["wanted"]:
        assert is_shape(said["shape"], at(found, said["part"])), said
        assert says_something(said, setting), said


def places(found: object, way: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Give the places within a value: the way to each, what holds it, and its key."""
    steps = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, held in steps:
        here = f"{way}.{key}" if isinstance(found, dict) else f"{way}[{key}]"
        yield here, found, key
        yield from places(held, here)


NESTED = [setting for setting in SETTINGS if isinstance(setting.example, dict | list)]


@pytest.mark.parametrize("setting", NESTED, ids=lambda setting: setting.name)
@few
@given(data=st.data(), as_text=st.booleans())
def test_of_an_example_with_one_wrong_part_that_part_is_named(
    setting: Setting, data: st.DataObject, as_text: bool
) -> None:
    found = json.loads(json.dumps(setting.example))
    where = list(places(found))
    way, holder, key = where[data.draw(st.integers(0, len(where) - 1))]
    holder[key] = data.draw(JSON)
    said = complaint(setting, json.dumps(found) if as_text and isinstance(found, dict) else found)
    if said is not None:
        assert said["part"].startswith(way), said
        assert is_shape(said["shape"], at(found, said["part"])), said
        assert says_something(said, setting), said


@pytest.mark.parametrize("setting", NESTED, ids=lambda setting: setting.name)
def test_the_example_is_taken_and_what_is_left_out_of_it_is_missing_or_has_a_default(setting: Setting) -> None:
    assert complaint(setting, setting.example) is None
    for way in [way for way, *_ in places(setting.example)]:
        found = json.loads(json.dumps(setting.example))
        holder, key = next((holder, key) for other, holder, key in places(found) if other == way)
        del holder[key]
        said = complaint(setting, found)
        assert said is None or (said["part"], said["shape"]) == (way, "missing")
