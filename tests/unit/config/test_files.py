"""A JSON file is read, or it is said what is wrong with it and where."""

from pathlib import Path

import pytest

from tap_intercom.config.files import describe_file, is_same, read_object, read_secret
from tap_intercom.errors import ConfigError


@pytest.fixture
def document(tmp_path: Path) -> Path:
    return tmp_path / "document.json"


def complaint(document: Path, kind: str = "state") -> str:
    with pytest.raises(ConfigError) as caught:
        read_object(str(document), kind)
    message = str(caught.value)
    assert message.startswith(f"{kind} {document}: ")
    assert "\n" not in message
    return message.removeprefix(f"{kind} {document}: ")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, {"b": null}]}\n', {"a": [1, {"b": None}]}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"é": "ü"}'.encode(), {"é": "ü"}),
    ],
)
def test_an_object_is_read_with_or_without_a_byte_order_mark(document: Path, content: bytes, value: object) -> None:
    document.write_bytes(content)
    assert read_object(str(document), "state") == value


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"a": 1,\n "b": }', "it is not valid JSON: line 2 column 7: Expecting value; correct it there"),
        (b'{"a": "x', "it is not valid JSON: line 1 column 7: Unterminated string starting at; correct it there"),
        (b"{'a': 1}", "it is not valid JSON: line 1 column 2: Expecting property name enclosed in double quotes"),
        (b'{"a": 1,}', "it is not valid JSON: line 1 column "),
        (b'{}\n{"b": 2}\n', "it is not valid JSON: line 2 column 1: Extra data, keep only the last whole line;"),
        (b'{"a": 1e999}', "it is not valid JSON: Number out of range"),
        (b'{"a": "\\ud800"}', "it is not valid JSON: "),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is not valid JSON: "),
        (b'{"a": "\xff"}', "it is not UTF-8 text (byte 7); save it as UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8 text (byte 0); save it as UTF-8"),
        (b'{"a":' * 100_000, "it is nested too deeply; check that it is the right file"),
        (b'{"a":' * 101 + b"{}" + b"}" * 101, "it is nested deeper than 100 levels; "),
        (b'{"a":' * 101 + b"[1]" + b"}" * 101, "it is nested deeper than 100 levels; "),
        (b"[]", "it holds a list where an object is needed; "),
        (b'"x"', "it holds a string of 1 character where an object is needed; "),
        (b"true", "it holds true where an object is needed; "),
        (b"1.5", "it holds a number where an object is needed; "),
        (b"7", "it holds a number where an object is needed; "),
        (b"null", "it holds null where an object is needed; "),
    ],
)
def test_what_is_no_object_is_refused_with_the_place(document: Path, content: bytes, fault: str) -> None:
    document.write_bytes(content)
    assert complaint(document).startswith(fault)


def test_a_document_may_be_nested_as_deep_as_any_schema_is(document: Path) -> None:
    document.write_bytes(b'{"a":' * 99 + b"{}" + b"}" * 99)
    assert read_object(str(document), "catalog")


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_state_is_refused_since_to_begin_again_silently_would_hide_a_loss(
    document: Path, content: bytes
) -> None:
    document.write_bytes(content)
    assert complaint(document) == (
        "the file is empty; restore the last state that a run wrote, or write {} to read everything from start_date"
    )


@pytest.mark.parametrize(
    ("kind", "remedy"), [("catalog", "make a new one with --discover"), ("configuration", 'write {"access_token"')]
)
def test_every_kind_of_document_has_its_remedy(document: Path, kind: str, remedy: str) -> None:
    document.write_bytes(b"")
    assert f"the file is empty; {remedy}" in complaint(document, kind)


def test_a_missing_file_and_a_folder_are_named(document: Path) -> None:
    assert complaint(document) == "it cannot be read: No such file or directory; check the path and its permissions"
    document.mkdir()
    assert complaint(document) == "it cannot be read: Is a directory; check the path and its permissions"


def test_a_name_that_no_file_can_have_is_no_mistake() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_object("a\0b", "state")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("config", "state config"),
        ("confg.json", "state confg.json"),
        ("nowhere/at/all/confg.json", "state nowhere/at/all/confg.json"),
        ("{folder}/confg.json", "state {folder}/confg.json"),
        ("{folder}", "state {folder}"),
        ("{folder}/dG9rOjQ2YTk2ZDc", "state, which is a string of {length} characters"),
        ("dG9rOjQ2YTk2ZDc", "state, which is a string of 15 characters"),
        ("/dG9rOjQ2YTk2ZDc", "state, which is a string of 16 characters"),
        (f"{'x' * 41}.json", "state, which is a string of 46 characters"),
        ("dG9rOjQ2YTk2ZDc\0", "state, which is a string of 16 characters"),
    ],
)
def test_a_path_that_leads_nowhere_is_shown_where_it_cannot_be_a_secret(tmp_path: Path, path: str, said: str) -> None:
    given = path.replace("{folder}", str(tmp_path))
    assert describe_file(given, "state") == said.replace("{folder}", str(tmp_path)).replace("{length}", str(len(given)))


@pytest.mark.parametrize("content", ["", " \n\t"])
def test_a_secret_is_a_files_text_without_the_space_around_it_and_never_empty(document: Path, content: str) -> None:
    document.write_text(f"{content}t0ken\n")
    assert read_secret(str(document), "access_token_file") == "t0ken"
    document.write_text(content)
    with pytest.raises(ConfigError, match=rf"^access_token_file {document}: the file is empty; put the secret into it"):
        read_secret(str(document), "access_token_file")


def test_two_paths_are_of_the_same_file_however_they_are_written(tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.symlink_to("file")
    (tmp_path / "circle").symlink_to("circle")
    file = str(tmp_path / "file")
    assert is_same(file, f"{tmp_path}/./x/../file")
    assert is_same(file, str(linked))
    assert not is_same(file, str(tmp_path / "other"))
    assert not is_same(file, str(tmp_path / "circle"))
    assert not is_same("a\0b", "a\0b")
