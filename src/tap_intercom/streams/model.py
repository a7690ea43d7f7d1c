"""What the row of a stream can say: `Stream` and the values that it is made of. They hold facts and do nothing.

A row says where Intercom has the records (`full_read`, `detail`, `inline`, `export`), what they look like (`layout`)
and how they are replicated (`key`, `replication_key`). Most rows are made by a function of `builders`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import quote

from tap_intercom.api.types import Request
from tap_intercom.exports.job import Export
from tap_intercom.pagination.model import PageChain, Paginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.search import SearchPaginator


class Permission(StrEnum):
    """What an app may be allowed, in the words of Intercom's Developer Hub."""

    ADMIN_ACTIVITY_LOGS = "Read admin activity logs"
    ADMINS = "Read admins"
    ARTICLES = "Read and List Articles"
    CONTENT_EXPORT = "Export content data"
    CONVERSATIONS = "Read conversations"
    CUSTOM_OBJECTS = "Read and write custom object instances"
    DATA_CONNECTORS = "Read data connectors"
    EVENTS = "Read events"
    NEWS = "Read and list news items and newsfeeds"
    ONE_ADMIN = "Read one admin"
    PEOPLE = "Read and list users and companies"
    REPORTING_EXPORT = "Export reporting data"
    TAGS = "Read tags"
    TICKETS = "Read tickets"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A field `{"type": …, "id": …}` that is made of several fields, of which each can hold an id.

    `fields`: the fields in order, each with the type that it stands for; the first that holds an id is taken. Example:
    `(("admin_assignee_id", "admin"), ("team_assignee_id", "team"))`.
    `nobody`: the type where none of them holds an id; the id is null then. Example: `"nobody_admin"`.
    """

    fields: Sequence[tuple[str, str]]
    nobody: str


@dataclass(frozen=True, kw_only=True)
class Translation:
    """How the fields of a record are changed before anything else is done with it. Other fields stay.

    `renamed`: the name of a field as it comes, and its new name. Example: `{"source": "conversation_message"}`.
    `cases`: for a field, under its new name, values that it may have, and the fields that are set where it has that
    one. Example: `{"owner_id": ((0, {"owner_id": None}),)}`.
    `constants`: fields that every record gets, and their value. Example: `{"type": "user"}`.
    `wrapped_texts`: fields that may hold a text instead of an object, and the member of the object that the text is. In
    a list, each item is wrapped. Example: `{"avatar": "image_url"}` makes `{"avatar": {"image_url": "…"}}`.
    `first_items`: fields that get the first item of a list, and the path of the list in the record as it comes.
    Example: `{"user": ("contacts", "contacts")}`.
    `references`: fields that are made of other fields as they come; see `Reference`.
    `nested`: translations of the objects in fields, by the new name of the field.
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
    """Where an answer has the records of a stream, and how a record is made of what is there.

    `records_at`: the keys that lead to the list of records. Example: `("tags", "data")`. Empty: the answer is the
    one record. The last key may be several, of which an answer has one: `"admins|teammates"`.
    `may_be_missing`: an answer without the list has no records. Otherwise it is an answer of unknown shape.
    `unwrap`: for a field that wraps its list in an object, the key of the list. Example: `{"tags": "tags"}`, where a
    record has `"tags": {"type": "tag.list", "tags": […]}`.
    `inherit`: fields of the record that are taken from the answer around the list, and their dotted path in it.
    Example: `{"conversation_total_parts": "conversation_parts.total_count"}`.
    `from_parent`: fields of the record that are taken from the parent that was asked for: its `id`, its `updated_at` or
    a text. Example: `{"contact_id": "id"}`.
    `link_field`: the field that gets the id of what is listed, where `id` is taken from the parent: a record is a link
    as the other side has it. Example: `"company_id"`, where the companies of a contact make contacts of companies.
    `position`: the field that gets the place of the record in its list, from 0.
    `value_field`: the field that gets the value, where the list has bare values such as ids.
    `text_field`: the field that gets the answer, where the answer is text and not JSON.
    `inner`: the layout of the records, where they lie within the objects that `records_at` leads to. Example: the
    attachments of all parts of a conversation. Both layouts set fields of the record.
    `other_streams_fields`: dotted names of fields that Intercom sends and the schema lacks on purpose, because another
    stream has them. Nobody is told that the schema lacks them.
    `is_partial`: the schema has some fields only of what Intercom sends. Nobody is told which it lacks.
    `translation`: is done before all this; everything else is said in its words.
    """

    records_at: tuple[str, ...] = ()
    may_be_missing: bool = False
    unwrap: dict[str, str] = field(default_factory=dict)
    inherit: dict[str, str] = field(default_factory=dict)
    from_parent: dict[str, str] = field(default_factory=dict)
    link_field: str | None = None
    position: str | None = None
    value_field: str | None = None
    text_field: str | None = None
    inner: "Layout | None" = None
    other_streams_fields: frozenset[str] = frozenset()
    is_partial: bool = False
    translation: Translation | None = None

    @property
    def added_fields(self) -> frozenset[str]:
        """The fields of the record that Intercom does not send in it: inherited, from the parent, or its position."""
        added = {*self.inherit, *self.from_parent, *([self.position] if self.position else [])}
        if self.link_field:
            added = added - {"id"} | {self.link_field}
        return frozenset(added | self.inner.added_fields if self.inner else added)


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A request about one record, whose answer has more about it than the list has.

    A child stream reads its records from it, with one request for each record of its parent. A stream without a parent
    reads the whole of its own record from it, where its list has only a part of each. Child streams with the same path
    and query share the request.

    `path`: where to ask; `{id}` stands for the id. Example: `"/contacts/{id}/notes"`.
    `layout`: where the answer has the records.
    `query`: the parameters of the request; `{id}` in a value stands for the id.
    `paginator`: what reads further pages of the answer.
    `parent_filter`: asks only for parents whose fields have one of these values; None: any value but null. The others
    have nothing there. Example: `{"role": frozenset({"user"})}`.
    `inline_lists`: fields of the parent that hold the same records, or the first of them. The parent is not asked for
    where these lists are known to be empty; a stream that is also `inline` reads them from the parent where they are
    known to be whole. The layout of the parent says where such a list is wrapped in an object; otherwise it is bare.
    `whole_item_fields`: fields that the items of `inline_lists` have where they are whole records. Items without them
    are references, and the parent is asked for.
    `fills_parent_fields`: fields of the parent that are in this answer and not in the parent's list. Where it is read,
    the parent's record waits for the answer and is written with them.
    `permission`: what this request needs in Intercom's Developer Hub, where it is not the permission of the stream.
    """

    path: str
    layout: Layout = Layout()
    query: tuple[tuple[str, str], ...] = ()
    paginator: Callable[..., PageChain] = PageNumberPaginator
    parent_filter: dict[str, frozenset[str] | None] = field(default_factory=dict)
    inline_lists: tuple[str, ...] = ()
    whole_item_fields: tuple[str, ...] = ()
    fills_parent_fields: tuple[str, ...] = ()
    permission: str = ""

    @property
    def parent_texts(self) -> frozenset[str]:
        """The fields of the parent, beside its id and its time, that its records take."""
        return frozenset(self.layout.from_parent.values()) - {"id", "updated_at"}

    def request(self, identifier: str) -> Request:
        """Make the request about the record with this id."""
        query = tuple((name, value.replace("{id}", identifier)) for name, value in self.query)
        accept = "text/plain" if self.layout.text_field else None
        return Request(path=self.path.replace("{id}", quote(identifier, safe="")), query=query, accept=accept)


@dataclass(frozen=True, kw_only=True)
class FullList:
    """Where a whole list can be read, where a record may hold only the first of its items.

    `detail`: the request that gives the list.
    `field_values`: which records of the answer are items of the list: those whose fields have one of these values; all,
    where it is empty. Example: `{"consent_type": frozenset({"opt_in"})}`.
    """

    detail: Detail
    field_values: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LinkedList:
    """The list of the records that the links of a stream lead to: each as the stream's `detail` gives it of a parent.

    `path`, `query`: where it is, in one answer or in numbered pages. Example: `"/subscription_types"`.
    `records_at`: the keys that lead to the records in an answer.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    records_at: tuple[str, ...] = ("data",)


@dataclass(frozen=True, kw_only=True)
class Members:
    """How links are read from the side of what they lead to: the records of the parent stream with one of these ids.

    `paginator`: reads the parents; the members of one record are those that match its id in `field`. Example:
    `"segment_id"`. A `limit` of it is how many members of one record can be read.
    `counts`: the parameters with which the `linked` list counts the members of each record, in the field `count`.
    `unlike`: a list that has none of the records of `linked`. Where both give the same, the server does not know the
    query of `linked`.
    """

    paginator: PageNumberPaginator | SearchPaginator
    field: str
    counts: tuple[tuple[str, str], ...] = ()
    unlike: LinkedList | None = None


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream: a row of the table.

    What it is:
    `name`: of the stream, Intercom's own plural. Example: `"contacts"`.
    `permission`: what the app needs in Intercom's Developer Hub. Example: `Permission.CONVERSATIONS`.
    `schema`: the name of its file in `schemas`, where it is not the name of the stream. Example: `"v2/contacts"`.
    `versions`: the first and the last version of the API that has it.
    `by_default`: False for what is read only where a catalog selects it: it costs many requests, needs a setting, or
    another stream has the same.
    `on_with_bookmark_of`: without a catalog it is read, too, where the state has a bookmark of one of these streams.

    Where its records are. A row has `full_read`, `parent` or `export`:
    `full_read`: the paginators that read it from its beginning. The first that Intercom serves is used.
    `incremental_read`: those that read it from its bookmark, where they are not the same.
    `parent`: the stream of which it is a child: the records of the parent lead to its records.
    `detail`: the request for each record of the parent whose answer has the records. Without a parent: the request for
    each record of its own, where the list has only a part of it.
    `inline`: where the records lie within the record of the parent. With `detail` too, that is asked where the parent
    does not hold all.
    `linked`: of a child stream of links, the list that gives the rest of a row where only the ids are known.
    `parent_query`: the parameters with which the parent's list is asked, where only then its records hold those of this
    stream.
    `members`: how the parents of each of the `linked` records are read, where Intercom can search for them.
    `part_of`: the stream that has all records of this one among its own. Where that is read too, one reading is enough.
    `part_values`: which of them are of this stream: those whose fields have one of these values. Example:
    `{"role": frozenset({"lead"})}`.
    `export`: the job that makes a file of the records.
    `layout`: where an answer has the records; for a child stream, `detail` or `inline` says so.
    `full_lists`: fields whose lists may be cut off, and where the whole list is. Example: the `tags` of a contact.
    `exclude_values`: leaves out records whose field has one of these values; they are of another stream. For a server
    that ignores a filter.

    How it is replicated:
    `key`: the primary key, Singer's `key_properties`.
    `replication_key`: the field with the time that its bookmark follows; None for a full table and for a child stream.
    `lookback_seconds`: how far before its bookmark it is read again: Intercom may show a change so much later than the
    time that the record has.
    `append_only`: its records stay true when Intercom has them no more; no target is told to delete them.
    `is_link`: each record says only that two others belong together, such as a contact and a tag. Intercom does not
    say when that changed.
    `bookmark_name`: the name of its bookmark in a state, where 1.4 has a stream of its name that means something else.

    What describes it:
    `attribute_streams`: fields that hold custom attributes, by dotted name, and the stream that describes these.
    Example: `{"custom_attributes": "contact_attributes"}`.
    """

    name: str
    permission: str
    schema: str = ""
    versions: tuple[str, str] = ("1.0", "2.16")
    by_default: bool = True
    on_with_bookmark_of: tuple[str, ...] = ()

    full_read: tuple[Paginator, ...] = ()
    incremental_read: tuple[Paginator, ...] = ()
    parent: str | None = None
    detail: Detail | None = None
    inline: Layout | None = None
    linked: LinkedList | None = None
    parent_query: tuple[tuple[str, str], ...] = ()
    members: Members | None = None
    part_of: str | None = None
    part_values: dict[str, frozenset[str]] = field(default_factory=dict)
    export: Export | None = None
    layout: Layout = Layout()
    full_lists: dict[str, FullList] = field(default_factory=dict)
    exclude_values: dict[str, frozenset[str]] = field(default_factory=dict)

    key: tuple[str, ...] = ("id",)
    replication_key: str | None = None
    lookback_seconds: int = 0
    append_only: bool = False
    is_link: bool = False
    bookmark_name: str = ""

    attribute_streams: dict[str, str] = field(default_factory=dict)

    @property
    def replication_method(self) -> Literal["FULL_TABLE", "INCREMENTAL"]:
        """Singer's replication method."""
        return "FULL_TABLE" if self.replication_key is None else "INCREMENTAL"

    @property
    def schema_name(self) -> str:
        """The name of the stream's schema file."""
        return self.schema or self.name

    @property
    def detects_deletions(self) -> bool:
        """Whether a full read shows that a record is gone: it is complete only with a `PageNumberPaginator`.

        Of a child stream, this holds only where it holds of its parent too.
        """
        if self.replication_key is not None or self.append_only:
            return False
        paginators = [*map(type, self.full_read), *([self.detail.paginator] if self.detail else [])]
        return all(paginator is PageNumberPaginator for paginator in paginators)

    @property
    def is_listed_whole(self) -> bool:
        """Whether every run requests all of its list: Intercom cannot be asked for what changed in it."""
        paginators = (*self.full_read, *self.incremental_read)
        return all(isinstance(paginator, PageNumberPaginator | ScrollPaginator) for paginator in paginators)

    @property
    def may_share_key(self) -> bool:
        """Whether two records may have the same key: their names are not unique in Intercom.

        Links that come twice say the same twice.
        """
        return not ("id" in self.key or self.parent or self.replication_key)

    @property
    def parent_time_field(self) -> str | None:
        """The field of an inline child stream that has the `updated_at` of the parent."""
        inherited = self.inline.inherit if self.inline else {}
        return next((field for field, path in inherited.items() if path == "updated_at"), None)
