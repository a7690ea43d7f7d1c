import json

import pytest

from tap_intercom.records.json_repair import BYTES_PER_BACKSLASH, repair, without_nul


@pytest.mark.parametrize(
    ("body", "value", "replaced"),
    [
        (b'{"a": "one\ntwo\x00"}', {"a": "one\ntwo\x00"}, 0),
        (b'{\n "a": 1\n}', {"a": 1}, 0),
        (rb'["\q", "C:\dir", "\u12"]', [r"\q", r"C:\dir", r"\u12"], 0),
        (b'"\\\n"', "\\\n", 0),
        (rb'"\ud83d\ude00 \uD83D\uDE00 \\ud800 \" \u00e9"', r"😀 😀 \ud800 " + '" é', 0),
        (rb'"\ud800"', "\ufffd", 1),
        (rb'"\udc00\ud83d\ude00\ud83d\u0041"', "\ufffd😀\ufffdA", 2),
        (b'"caf\xe9"', "caf\ufffd", 1),
        ('"caf\ufffd"'.encode(), "caf\ufffd", 0),
        (b"\xef\xbb\xbf[1]", [1], 0),
        (b'[NaN, -Infinity, "NaN", 1.50]', [None, None, "NaN", 1.5], 2),
    ],
)
def test_what_is_nearly_json_becomes_json(body: bytes, value: object, replaced: int) -> None:
    mended, count = repair(body)
    assert (json.loads(mended), count) == (value, replaced)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": "cut', b'{"a": [1, 2'])
def test_what_is_not_json_stays_so(body: bytes) -> None:
    mended, _ = repair(body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(mended)


def test_numbers_keep_their_notation() -> None:
    body = b'{"a":1.10,"b":123456789012345678901234567890,"c":"\x01"}'
    assert repair(body)[0] == rb'{"a":1.10,"b":123456789012345678901234567890,"c":"\u0001"}'


@pytest.mark.parametrize(
    ("body", "rest", "removed"),
    [
        (rb'{"a": "x"}', rb'{"a": "x"}', 0),
        (rb'{"a": "x\u0000y\u0000"}', rb'{"a": "xy"}', 2),
        (rb'{"a\u0000": ["\u0000"]}', rb'{"a": [""]}', 2),
        (rb'{"a": "\\u0000 \\\u0000 \n\u00001"}', rb'{"a": "\\u0000 \\ \n1"}', 2),
        (b'{"a": "x\x00"}', rb'{"a": "x"}', 1),
        (rb'{"a": "\u0001\u000A\\u0000"}', rb'{"a": "\u0001\u000A\\u0000"}', 0),
    ],
)
def test_nul_is_taken_out_and_nothing_else(body: bytes, rest: bytes, removed: int) -> None:
    assert without_nul(body) == (rest, removed)
    few, many = b" " * BYTES_PER_BACKSLASH * 9, rb'"\n"' * BYTES_PER_BACKSLASH
    assert without_nul(few + body) == (few + rest, removed)
    assert without_nul(many + body) == (many + rest, removed)
