"""The plainest reader: one request after the other with `requests`, each record written as it came.

loop.py URL VERSION STREAMS SINCE [FILE]: with a FILE, the bodies are kept there, each after its length in a line.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import requests

Record = dict[str, Any]
LISTS = {
    "company_attributes": ("/data_attributes?model=company", "data"),
    "contact_attributes": ("/data_attributes?model=contact", "data"),
    "customer_attributes": ("/data_attributes?model=customer", "data"),
    "segments": ("/segments?include_count=true", "segments"),
    "tags": ("/tags", "data"),
    "teams": ("/teams", "teams"),
}
SCROLLS = {"companies": "companies", "leads": "contacts", "users": "users"}
IN_1_4 = {"tags": "tags"}  # where the records of a list are; those of attributes are in data_attributes
TOO_MANY, GONE = 429, 404


class Loop:
    """Reads stream after stream."""

    def __init__(self, url: str, version: str, since: int, keep: BinaryIO | None) -> None:
        self._url, self._since, self._keep = url, since, keep
        self._modern = version != "1.4"
        self._session = requests.Session()
        self._session.headers.update(
            {"Authorization": "Bearer simulator-token", "Intercom-Version": version, "Accept": "application/json"}
        )

    def read(self, stream: str) -> Iterator[tuple[str, Record]]:
        """Give each record of a stream, and of its children, with the name of its stream."""
        name, _, with_parts = stream.partition("+")
        for record in self._records(name):
            yield name, record
            if with_parts:
                whole = self._ask("GET", f"/conversations/{record['id']}?display_as=plaintext")
                for part in whole["conversation_parts"]["conversation_parts"]:
                    yield with_parts, {**part, "conversation_id": record["id"]}

    def _records(self, name: str) -> Iterator[Record]:
        if name in LISTS:
            path, key = LISTS[name]
            former = IN_1_4.get(name, "data_attributes") if key == "data" else key
            yield from self._ask("GET", path)[key if self._modern else former]
        elif name in SCROLLS:
            yield from self._scroll(f"/{SCROLLS[name]}/scroll", "data" if self._modern else SCROLLS[name])
        elif self._modern:
            yield from self._search(name)
        else:
            yield from self._pages(f"/{name}?per_page=60&sort=updated_at&order=desc&display_as=plaintext", name)

    def _scroll(self, path: str, key: str) -> Iterator[Record]:
        page = self._ask("GET", path)
        while page.get(key):
            yield from page[key]
            page = self._ask("GET", f"{path}?scroll_param={page['scroll_param']}")

    def _search(self, name: str) -> Iterator[Record]:
        paging: Record = {"per_page": 150}
        query = {"field": "updated_at", "operator": ">", "value": self._since}
        order = {"field": "updated_at", "order": "ascending"}
        while True:
            body = {"query": query, "sort": order, "pagination": paging}
            page = self._ask("POST", f"/{name}/search", body)
            yield from page["data" if name == "contacts" else name]
            if not page["pages"].get("next"):
                return
            paging = {"per_page": 150, "starting_after": page["pages"]["next"]["starting_after"]}

    def _pages(self, path: str, key: str) -> Iterator[Record]:
        page = self._ask("GET", path)
        while True:
            for record in page[key]:
                if record["updated_at"] <= self._since:
                    return
                yield record
            if not page["pages"]["next"]:
                return
            page = self._ask("GET", page["pages"]["next"].removeprefix(self._url))

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        while True:
            answer = self._session.request(method, self._url + path, json=body, timeout=300)
            if answer.status_code == GONE:
                return {}
            if answer.status_code != TOO_MANY:
                break
            time.sleep(max(0.1, int(answer.headers["X-RateLimit-Reset"]) - time.time()))
        answer.raise_for_status()
        if self._keep:
            self._keep.write(b"%d\n" % len(answer.content) + answer.content)
        return answer.json()


def main(url: str, version: str, streams: str, since: str, *kept: str) -> None:
    """Write the records of the streams as Singer messages."""
    keep = open(kept[0], "wb") if kept else None  # noqa: PTH123, SIM115 - it is open until the end
    loop = Loop(url, version, int(since), keep)
    for stream in streams.split(","):
        for name, record in loop.read(stream):
            print(json.dumps({"type": "RECORD", "stream": name, "record": record}))


main(*sys.argv[1:])
