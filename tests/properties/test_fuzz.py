"""No input makes a traceback, an endless loop, or half a line: each door is knocked at with anything."""

import pytest
from hypothesis import given, settings

from fuzz_targets import ALL_STREAMS, TARGETS, reader_for, reader_of, sample


def knock(name: str, times: int) -> None:
    door, anything = TARGETS[name]
    settings(max_examples=times)(given(anything)(door))()


@pytest.mark.parametrize("name", TARGETS)
def test_no_door_lets_a_mistake_in(name: str) -> None:
    knock(name, 100)


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_no_door_lets_a_mistake_in_for_long(name: str) -> None:
    knock(name, 5_000)


def test_what_the_doors_spoil_is_sound_before() -> None:
    for key, stream in ALL_STREAMS.items():
        assert reader_of(*reader_for(key)).read(sample(stream)).records, key
