"""The control API under /_simulator/: shows what the simulator holds and has received, and changes it while it runs."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Protocol
from urllib.parse import unquote

import msgspec
from aiohttp import web
from msgspec import Meta

from intercom_simulator.expected import v2
from intercom_simulator.expected.v1 import STREAMS, expected_counts, expected_lines
from intercom_simulator.protocol.behaviours import changed_behaviours
from intercom_simulator.protocol.versions import SERVED_V2_VERSIONS, V1_VERSION
from intercom_simulator.relations import table
from intercom_simulator.relations.random_changes import change_links
from intercom_simulator.server.dispatcher import Workspace
from intercom_simulator.server.faults import ScriptedFault
from intercom_simulator.server.options import ChangeRate, Options, read_options, read_rates
from intercom_simulator.v2_records import knowledge_changes, record_changes
from intercom_simulator.world import manual_changes
from intercom_simulator.world.manual_changes import NoSuchRecord
from intercom_simulator.world.mutation import RESOURCES

LINES_PER_WRITE = 200
MUTABLE_RESOURCES = (*RESOURCES, *record_changes.RESOURCES, *knowledge_changes.RESOURCES)

JsonObject = dict[str, Any]
Handler = Callable[[tuple[str, ...], JsonObject], object]


class SomeRecords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many records are deleted."""

    count: Annotated[int, Meta(ge=0)] = 1
    seed: int = 0


class SomeLinks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many links of each of these streams (of all, if none is named) are added and removed."""

    streams: list[str] = []
    add: Annotated[int, Meta(ge=0)] = 0
    remove: Annotated[int, Meta(ge=0)] = 0
    seed: int = 0


class WorkspaceHolder(Protocol):
    """What has the workspace and the options that it was started with."""

    options: Options
    workspace: Workspace


class ControlApi:
    """The endpoints under /_simulator/. They need no token, are not counted, logged or hit by faults.

    docs/simulator.md lists them. `handlers`: by method, first part of the path and number of its parts.
    """

    def __init__(self, host: WorkspaceHolder) -> None:
        self._host = host
        self.handlers: dict[tuple[str, str, int], Handler] = {
            ("GET", "deleted", 1): self._deleted,
            ("GET", "requests", 1): self._requests,
            ("DELETE", "requests", 1): self._forget_requests,
            ("GET", "stats", 1): self._stats,
            ("POST", "mutate", 1): self._mutate,
            ("PATCH", "records", 3): self._patch,
            ("PUT", "records", 3): self._put,
            ("DELETE", "records", 3): self._delete,
            ("DELETE", "records", 2): self._delete_some,
            ("PUT", "links", 4): self._link,
            ("DELETE", "links", 4): self._unlink,
            ("POST", "links", 1): self._change_links,
            ("GET", "clock", 1): self._clock,
            ("POST", "clock", 1): self._clock,
            ("GET", "faults", 1): self._faults,
            ("POST", "faults", 1): self._faults,
            ("DELETE", "faults", 1): self._no_faults,
            ("GET", "switches", 1): self._switches,
            ("POST", "switches", 1): self._switches,
            ("POST", "reset", 1): self._reset,
        }

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request: 400 with the reason for a mistake in it, 404 for what does not exist."""
        path = tuple(unquote(part) for part in request.raw_path.partition("?")[0].strip("/").split("/")[1:])
        if request.method == "GET" and path[0] == "truth":
            return await self._expected(request, path[1:])
        handler = self.handlers.get((request.method, path[0], len(path)))
        if handler is None:
            return _json({"error": f"no {request.method} {request.path} here"}, status=404)
        try:
            return _json(handler(path, await _object(request)))
        except NoSuchRecord as missing:
            return _json({"error": str(missing)}, status=404)
        except (msgspec.MsgspecError, ValueError) as mistake:
            return _json({"error": str(mistake)}, status=400)

    @property
    def _workspace(self) -> Workspace:
        return self._host.workspace

    async def _expected(self, request: web.BaseRequest, streams: tuple[str, ...]) -> web.StreamResponse:
        version = request.query.get("version", V1_VERSION)
        if version not in (V1_VERSION, *SERVED_V2_VERSIONS):
            return _json({"error": f"nothing is known of version {version}"}, status=404)
        if streams:
            return await self._expected_stream(request, streams[0], version)
        if version == V1_VERSION:
            return _json(self._counts((), {}))
        return _json(v2.expected_counts(self._workspace.context.searchable, version, request.query.get("streams", "")))

    async def _expected_stream(self, request: web.BaseRequest, stream: str, version: str) -> web.StreamResponse:
        known = STREAMS if version == V1_VERSION else v2.streams_of(version)
        if stream not in known:
            return _json({"error": f"no stream {stream}; there are {', '.join(known)}"}, status=404)
        is_plain = version == V1_VERSION or stream == "conversation_parts"  # as the API serves it by default
        default_form = "plaintext" if is_plain else "html"
        plaintext = request.query.get("display_as", default_form) == "plaintext"
        searchable = self._workspace.context.searchable
        lines = (
            expected_lines(searchable, stream, plaintext=plaintext)
            if version == V1_VERSION
            else v2.expected_lines(searchable, stream, version, plaintext=plaintext)
        )
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for chunk in _chunks(lines):
            await response.write(chunk)
        return response

    def _counts(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        return expected_counts(self._workspace.world)

    def _deleted(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        return self._workspace.world.deleted

    def _requests(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        return list(self._workspace.request_log.lines)

    def _forget_requests(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        self._workspace.request_log.clear()
        return {}

    def _stats(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        workspace = self._workspace
        windows = list(workspace.rate_limit.windows)
        return {
            "quota": workspace.rate_limit.limit,
            "windows": windows,
            "requests": sum(window.requests for window in windows),
            "refused": sum(window.refused for window in windows),
            "max_in_flight": workspace.request_log.most_in_flight,
            "faults": workspace.faults.counts,
            "mutations": workspace.change_counts,
        }

    def _mutate(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        resource, workspace = body.get("resource"), self._workspace
        if resource is not None and resource not in MUTABLE_RESOURCES:
            raise ValueError(f"nothing changes in {resource}; it does in {', '.join(MUTABLE_RESOURCES)}")
        if "rate" in body:
            workspace.mutation.per_hundred_requests = msgspec.convert(body["rate"], ChangeRate)
        for _ in range(msgspec.convert(body.get("count", 0 if "rate" in body else 1), int)):
            if resource in record_changes.RESOURCES:
                workspace.record_changes.change_some(resource)
            elif resource in knowledge_changes.RESOURCES:
                workspace.knowledge_changes.change_some(resource, workspace.list_records(resource))
            else:
                workspace.mutation.change_some(resource)
        return workspace.change_counts

    def _patch(self, path: tuple[str, ...], body: JsonObject) -> object:
        return manual_changes.change(self._workspace.world, path[1], path[2], body)

    def _put(self, path: tuple[str, ...], body: JsonObject) -> object:
        return manual_changes.put(self._workspace.world, path[1], path[2], body)

    def _delete(self, path: tuple[str, ...], body: JsonObject) -> object:
        del body
        manual_changes.delete(self._workspace.world, path[1], path[2])
        return {}

    def _delete_some(self, path: tuple[str, ...], body: JsonObject) -> object:
        wanted = msgspec.convert(body, SomeRecords)
        return manual_changes.delete_some(self._workspace.world, path[1], wanted.count, wanted.seed)

    def _link(self, path: tuple[str, ...], body: JsonObject) -> object:
        del body
        return table.link(self._workspace.context.searchable, *path[1:])

    def _unlink(self, path: tuple[str, ...], body: JsonObject) -> object:
        del body
        return table.unlink(self._workspace.context.searchable, *path[1:])

    def _change_links(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        wanted = msgspec.convert(body, SomeLinks)
        searchable = self._workspace.context.searchable
        return change_links(searchable, wanted.streams, wanted.seed, add=wanted.add, remove=wanted.remove)

    def _clock(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        self._workspace.clock.advance(msgspec.convert(body.get("advance", 0), float))
        return {"now": self._workspace.clock.now()}

    def _faults(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        faults = self._workspace.faults
        script = msgspec.convert(body.get("script", []), list[ScriptedFault])
        if "rates" in body:
            faults.rates = read_rates(body["rates"])
        faults.script += script
        return {"rates": faults.rates, "script": faults.script}

    def _no_faults(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path, body
        self._workspace.faults.rates, self._workspace.faults.script = {}, []
        return {}

    def _switches(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        if body:
            self._workspace.set_behaviours(changed_behaviours(self._workspace.world.behaviours, body))
        return self._workspace.world.behaviours

    def _reset(self, path: tuple[str, ...], body: JsonObject) -> object:
        del path
        started = msgspec.structs.asdict(self._host.options)
        self._host.workspace = Workspace(read_options({**started, **body}))
        return self._counts((), {})


async def _object(request: web.BaseRequest) -> JsonObject:
    body = await request.read()
    return msgspec.json.decode(body, type=JsonObject) if body else {}


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), headers={"Content-Type": "application/json"})


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    pending: list[bytes] = []
    for line in lines:
        pending.append(line)
        if len(pending) == LINES_PER_WRITE:
            yield b"\n".join(pending) + b"\n"
            pending.clear()
    if pending:
        yield b"\n".join(pending) + b"\n"
