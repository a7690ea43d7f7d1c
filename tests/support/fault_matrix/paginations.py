"""Every way in which Intercom hands out records, with a stream that is read in it and a request in the middle of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pagination:
    """A way of handing out records; a fault meets the requests for `stream` that match `path`, after the first `spare`.

    A path is matched with the method before it. `requests` is how many a run takes at most that meets no fault.
    """

    name: str
    stream: str
    version: str
    path: str
    requests: int
    spare: int = 1


PAGINATIONS = (
    Pagination("a list", "tags", "1.4", r"GET /tags", 1, spare=0),
    Pagination("a scroll", "companies", "1.4", r"GET /companies/scroll", 4),
    Pagination("pages by time", "conversations", "1.4", r"GET /conversations\?", 4),
    Pagination("one by one", "conversation_parts", "1.4", r"GET /conversations/\w", 134, spare=0),
    Pagination("a search", "contacts", "2.16", r"POST /contacts/search", 18),
    Pagination("cursors", "macros", "2.16", r"GET /macros", 2),
    Pagination("pages", "deleted_conversations", "2.16", r"GET /conversations/deleted", 2),
    Pagination("a job", "message_content_export", "2.16", r"/export/content/data|/download/", 100),
)
