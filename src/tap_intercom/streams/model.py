"""What a stream is: facts, and nothing that does anything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from tap_intercom.api.types import Request
from tap_intercom.exports.job import Export
from tap_intercom.pagination.model import PageChain, Paginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An object of type and id: those of the first of `fields`, each with its type, that names somebody.

    Where none does, the type is `nobody` and the id null.
    """

    fields: Sequence[tuple[str, str]]
    nobody: str


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What becomes of the fields of a record; those that are not named here stay as they are.

    `renamed` maps a field as it comes to what it is called from then on. `cases` are what a record says by the value of
    one field, under its new name: where it has that value, these fields have those. `constants` are fields that all
    records have alike. `first_items` are fields that are the first item of the list at a path of the record as it
    comes. `references` are fields that are made of fields as they come. `wrapped_texts` maps a field that holds an
    object, or a text alone, or a list of either, to the member of the object that the text is. `nested` translates the
    objects in fields, under their new names.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    cases: Mapping[str, Sequence[tuple[object, Mapping[str, object]]]] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)
    wrapped_texts: Mapping[str, str] = field(default_factory=dict)
    first_items: Mapping[str, Sequence[str]] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    nested: Mapping[str, "Translation"] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the records of a stream lie in an answer, and what is done to bring them into a row.

    `records_at` are the keys that lead to the list of records; empty where the answer is itself the one record. The
    last may be several, with | between them, of which an answer has one. Where an answer `may_be_missing`, it then
    holds no records: `"topics": {}`. `unwrap` maps a field to the key under which Intercom wraps its list: `{"type":
    "tag.list", "tags": […]}`. `inherit` maps a field of the record to the dotted path, in the enclosing answer, that it
    is taken from; `from_parent` maps one to what is known of the parent that was asked for: `id` or `updated_at`.
    `position` is a field that gets the record's place in its list, from 0. Where the records are bare values, such as
    ids, `value_field` is the field that holds them; where the answer is no JSON but the text of one record,
    `text_field` is. `inner` is the layout of the records where those at `records_at` are only what they lie within; both
    layouts fill the fields of the record. `other_streams_fields` are dotted names of fields that are left out because
    another stream has them; an `is_partial` has only some fields of what another stream has whole. A `translation` is
    done before anything else: the other facts are told in its words.
    """

    records_at: tuple[str, ...] = ()
    may_be_missing: bool = False
    unwrap: dict[str, str] = field(default_factory=dict)
    inherit: dict[str, str] = field(default_factory=dict)
    from_parent: dict[str, str] = field(default_factory=dict)
    position: str | None = None
    value_field: str | None = None
    text_field: str | None = None
    inner: "Layout | None" = None
    other_streams_fields: frozenset[str] = frozenset()
    is_partial: bool = False
    translation: Translation | None = None

    @property
    def added_fields(self) -> frozenset[str]:
        """The fields that a record does not bring with it."""
        added = {*self.inherit, *self.from_parent, *([self.position] if self.position else [])}
        return frozenset(added | self.inner.added_fields if self.inner else added)


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What a request about a single record gives: `path`, or a value of `query`, holds `{id}`.

    A child stream takes its records from it, from all its pages, which come in a `paginator`; a stream that lists only
    outlines takes the whole record. Child streams with the same path and query share the request. `parent_filter` maps
    fields of a parent to the values that it is asked for with, None for any but null; others have no such thing.
    `inline_lists` are the fields in which the parent holds, or begins to hold, the same: what is not said to be whole
    there is asked for, and, by a stream that does not read it from there, what is not said to be empty.
    `fills_parent_fields` are fields of the parent that its own list leaves out: where this is read, its record waits
    for them. `permission` is the permission, where that is not the stream's.
    """

    path: str
    layout: Layout = Layout()
    query: tuple[tuple[str, str], ...] = ()
    paginator: Callable[..., PageChain] = PageNumberPaginator
    parent_filter: dict[str, frozenset[str] | None] = field(default_factory=dict)
    inline_lists: tuple[str, ...] = ()
    fills_parent_fields: tuple[str, ...] = ()
    permission: str = ""

    def request(self, identifier: str) -> Request:
        """Ask for the single object with this id."""
        query = tuple((name, value.replace("{id}", identifier)) for name, value in self.query)
        accept = "text/plain" if self.layout.text_field else None
        return Request(path=self.path.replace("{id}", quote(identifier, safe="")), query=query, accept=accept)


@dataclass(frozen=True, kw_only=True)
class FullList:
    """Where all of a list is found of which a record may have the beginning only.

    `field_values` maps fields of what the detail gives to the values with which it belongs to the list.
    """

    detail: Detail
    field_values: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream: facts only.

    `replication_key` is the replication key; without one the stream is a full table. `full_read` are the shapes that read it
    from its beginning, `incremental_read` those that read it from a bookmark (the same, where empty): the first that
    fits is used. `parent` names the stream whose records lead to this one's: each by its `detail`, or, where they lie
    within it, by `inline`, the layout of the parent's record; with both, by the detail where that is not all.
    `full_lists` maps fields to where their lists are found whole. `exclude_values` maps a field to the values that
    belong to another stream, for a server that does not filter. `permission` is the permission in Intercom's Developer
    Hub; `endpoint` what the documentation calls the resource. `versions` are the first and the last version of the API
    that have it. `schema` names its schema file, where that is not the stream's own name. `lookback_seconds` is how far
    behind its bookmark it is read again, since Intercom may show a change that much later than it dates it. What is
    `append_only` has happened and stays true when Intercom forgets it. `bookmark` is what its bookmark is called in a
    state, where 1.4 has a stream of its name that means something else. An `export` is read from files instead. What is
    not `by_default` is read only where a catalog selects it: it costs too many requests, or something that others need.
    `attributes` maps the dotted name of an open field to the stream whose records say what is in it.
    """

    name: str
    permission: str
    layout: Layout = Layout()
    key: tuple[str, ...] = ("id",)
    replication_key: str | None = None
    full_read: tuple[Paginator, ...] = ()
    incremental_read: tuple[Paginator, ...] = ()
    detail: Detail | None = None
    inline: Layout | None = None
    parent: str | None = None
    full_lists: dict[str, FullList] = field(default_factory=dict)
    exclude_values: dict[str, frozenset[str]] = field(default_factory=dict)
    versions: tuple[str, str] = ("1.0", "2.16")
    schema: str = ""
    lookback_seconds: int = 0
    by_default: bool = True
    append_only: bool = False
    bookmark: str = ""
    export: Export | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def replication_method(self) -> Literal["FULL_TABLE", "INCREMENTAL"]:
        """Singer's replication method."""
        return "FULL_TABLE" if self.replication_key is None else "INCREMENTAL"

    @property
    def schema_name(self) -> str:
        """The name of the stream's schema file."""
        return self.schema or self.name

    @property
    def bookmarked(self) -> bool:
        """Whether the stream remembers how far it is complete: a child does so by its parents' cursor."""
        return self.replication_key is not None or self.parent is not None

    @property
    def detects_deletions(self) -> bool:
        """Whether what a read does not bring is gone: only a `PageNumberPaginator` knows that all came.

        Of a child, this holds where it holds of its parent too.
        """
        chains = [*map(type, self.full_read), *([self.detail.paginator] if self.detail else [])]
        return (
            self.replication_key is None
            and not self.append_only
            and all(chain is PageNumberPaginator for chain in chains)
        )

    @property
    def parent_time_field(self) -> str | None:
        """The field of an inline child in which it has its parent's `updated_at`."""
        inherited = self.inline.inherit if self.inline else {}
        return next((field for field, path in inherited.items() if path == "updated_at"), None)

    @property
    def endpoint(self) -> str:
        """The path that the stream is read from."""
        if self.parent:
            return self.detail.path if self.detail else f"within {self.parent}"
        if self.export:
            return self.export.order_path
        return self.full_read[0].path
