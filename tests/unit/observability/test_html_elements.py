"""Markup that is made of values: what is said stays text."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.observability.html_elements import Markup, element, join, text


class Seen(HTMLParser):
    """What a reader of HTML makes of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.said = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.said += data


def test_text_is_escaped_and_markup_is_not() -> None:
    assert text("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#x27;"
    assert text(Markup("<b>")) == "<b>"
    assert text(None) == ""
    assert text(2.5) == "2.5"


def test_control_characters_and_what_turns_text_around_become_visible() -> None:
    assert text("a\x00\n\u202e\udcff") == r"a\x00\n\u202e\udcff"


def test_an_element_has_its_attributes_and_its_content() -> None:
    made = element("p", "a", element("b", "<"), class_="x", data_of='"', title=None)
    assert made == '<p class="x" data-of="&quot;">a<b>&lt;</b></p>'
    assert element("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert join("a", None, Markup("<br>"), 1) == "a<br>1"


@given(st.text())
def test_whatever_is_said_is_read_as_that_text_and_nothing_else(said: str) -> None:
    seen = Seen(element("p", said, title=said))
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in said)
    assert seen.tags == [("p", [("title", shown)])]
    assert seen.said == shown
