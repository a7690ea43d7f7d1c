"""The simulated workspace behind the HTTP server: turns a request into a response.

The checks come in Intercom's order: token, rate limit, Accept header, version, path, permission, parameters.
"""

from hashlib import blake2b

import msgspec

from intercom_simulator.protocol import access
from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import JSON, ApiError, Request, Response
from intercom_simulator.protocol.versions import NEAREST, SERVED_V2_VERSIONS
from intercom_simulator.protocol.view_options import NEWEST_MINOR, ViewOptions
from intercom_simulator.server.faults import FAULTS, HTML, KEPT_RECORDS, Faults, apply_fault
from intercom_simulator.server.options import MEBIBYTE, Options
from intercom_simulator.server.page_size_limit import with_limited_page_size
from intercom_simulator.server.rate_limit import WINDOW_SECONDS, QuotaState, RateLimit
from intercom_simulator.server.request_log import LogLine, RequestLog
from intercom_simulator.store.clock import Clock
from intercom_simulator.store.sizes import sizes_of
from intercom_simulator.v1_api import routes as v1_routes
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v1_api.scrolls import Scrolls
from intercom_simulator.v2_api import routes as v2_routes
from intercom_simulator.v2_api import writes
from intercom_simulator.v2_api.lists import rows_of
from intercom_simulator.v2_records.knowledge_changes import KnowledgeChanges
from intercom_simulator.v2_records.record_changes import RecordChanges
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.export_jobs import ExportJobs
from intercom_simulator.world.mutation import Mutation
from intercom_simulator.world.world import World

NEAREST_HEADER = "X-Simulated-Version"  # of an answer in another version than the one that was asked for


class Workspace:
    """One workspace with everything that answers for it: world, rate limit, faults, changes and request log."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or Clock(options.now)
        sizes = sizes_of(options.world, options.seed).scaled(options.scale)
        self.world = World(sizes, options.seed, self.clock, options.behaviours())
        self.context = Context(self.world, Scrolls(options.seed), SearchableRecords(self.world), ExportJobs(self.world))
        cached_bytes = options.cache_mb * MEBIBYTE
        for collection in self.world.streams.values():
            collection.cached_bytes = cached_bytes
        for view in self.context.searchable.views:
            view.cached_bytes = cached_bytes
        self.rate_limit = RateLimit(options.quota)
        self.faults = Faults(options.seed, options.faults)
        self.mutation = Mutation(self.world, options.seed, options.mutate)
        self.record_changes = RecordChanges(
            self.context.searchable, options.seed, lambda: self.mutation.per_hundred_requests
        )
        self.knowledge_changes = KnowledgeChanges(
            self.context.searchable, options.seed, lambda: self.mutation.per_hundred_requests
        )
        self.request_log = RequestLog()
        self._requests = 0

    def answer(self, request: Request) -> Response:
        """Answer a request and log it."""
        self._requests += 1
        fault: str | None = None
        try:
            access.check_token(request, self.options.token)
            quota_state = self.rate_limit.count_request(self.clock.now())
            fault = self.faults.choose(request) if quota_state.admitted else None
            response = self._respond(request, quota_state, fault)
        except ApiError as error:
            response = error.response(self.request_id())
        if response.content_type != HTML:
            response.headers = {**response.headers, "X-Request-Id": self.request_id()}
        self._log(request, response, fault)
        return response

    @property
    def change_counts(self) -> dict[str, int]:
        """How many changes were made so far, by kind."""
        return {
            **self.mutation.change_counts,
            **self.record_changes.change_counts,
            **self.knowledge_changes.change_counts,
        }

    def set_behaviours(self, behaviours: Behaviours) -> None:
        """Set the behaviours from now on."""
        self.world.set_behaviours(behaviours)
        for view in self.context.searchable.views:
            view.clear_cache()

    def list_records(self, name: str) -> list[dict[str, object]]:
        """Return the records of a list of API 2.x as they are now."""
        return rows_of(self.context.searchable, name, ViewOptions(NEWEST_MINOR))

    def request_id(self) -> str:
        """Return the id of the present request: twenty lower-case letters and digits, as Intercom had them."""
        digest = blake2b(f"{self.options.seed}/{self._requests}".encode(), digest_size=9).hexdigest()
        return f"00{digest}"

    def _respond(self, request: Request, quota_state: QuotaState, fault: str | None) -> Response:
        response = (
            self._rate_limited(quota_state, fault)
            if fault in _RATE_LIMIT_FAULTS or not quota_state.admitted
            else self._process(request, fault)
        )
        if self.world.behaviours.rate_limit_headers and fault not in _FAULTS_WITHOUT_LIMITS:
            response.headers = {**quota_state.headers(), **response.headers}
        return response

    def _rate_limited(self, quota_state: QuotaState, fault: str | None) -> Response:
        message = f"Exceeded rate limit of {quota_state.limit} in {WINDOW_SECONDS}_seconds"
        response = ApiError(429, "rate_limit_exceeded", message).response(self.request_id())
        if fault == "http-429":
            response.headers = {**response.headers, "X-RateLimit-Remaining": "0"}
        if self.world.behaviours.retry_after and fault != "http-429-bare":
            response.headers = {
                **response.headers,
                "Retry-After": str(max(1, quota_state.reset - int(self.clock.now()))),
            }
        return response

    def _process(self, request: Request, fault: str | None) -> Response:
        if fault is not None and FAULTS[fault].moment == "before":
            return self._apply_fault_before(request, fault)
        try:
            body = self._body(request)
            response = body if isinstance(body, Response) else Response(body=body)
        except ApiError as error:
            response = error.response(self.request_id())
        if self.world.behaviours.pretty and response.body and response.content_type == JSON:
            response.body = msgspec.json.format(response.body, indent=2)
        self.mutation.request_served()
        asked = request.version or self.world.behaviours.app_version
        nearest = NEAREST.get(asked, asked)
        if nearest != asked:
            response.headers = {**response.headers, NEAREST_HEADER: nearest}
        if nearest in SERVED_V2_VERSIONS:
            self.record_changes.request_served()
            self.knowledge_changes.request_served(self.list_records)
        return response if fault is None else apply_fault(fault, response, self.request_id())

    def _apply_fault_before(self, request: Request, fault: str) -> Response:
        scope = FAULTS[fault].scope
        if scope == "conversation":
            entry = self.world.conversations.entries.get(request.segments[1])
            if entry is not None:
                self.world.remove("conversations", entry)
            return self._process(request, None)
        if scope == "contact":
            self._merge(request.segments[1])
            return self._process(request, None)
        if fault in KEPT_RECORDS:
            self._shorten_scroll_page(request, KEPT_RECORDS[fault])
            return self._process(request, None)
        if scope == "scroll continuation":
            self._break_scroll(request, fault)
        return apply_fault(fault, Response(), self.request_id())

    def _merge(self, identity: str) -> None:
        entry = self.context.searchable.contacts.find(identity)
        survivor = next((user for user in self.world.users if user.id != identity), None)
        if entry is not None and survivor is not None:
            self.context.searchable.links.merge(entry, survivor, int(self.clock.now()))

    def _shorten_scroll_page(self, request: Request, keep: int) -> None:
        stream = _scroll_stream(request)
        collection, now, behaviours = self.world.streams[stream], self.clock.now(), self.world.behaviours
        if self.context.scrolls.is_open(collection, request.parameters["scroll_param"], now, behaviours):
            for entry in self.context.scrolls.shorten_next_page(collection, keep, behaviours):
                self.world.remove(stream, entry)

    def _break_scroll(self, request: Request, fault: str) -> None:
        collection = self.world.streams[_scroll_stream(request)]
        now, behaviours = self.clock.now(), self.world.behaviours
        if not self.context.scrolls.is_open(collection, request.parameters["scroll_param"], now, behaviours):
            return
        if fault == "scroll-500":
            self.context.scrolls.break_scroll(collection, now, behaviours)
        else:
            self.context.scrolls.expire(collection, behaviours)

    def _body(self, request: Request) -> bytes | Response:
        behaviours = self.world.behaviours
        if request.method == "HEAD":  # answered as GET; the server leaves the body out
            request = msgspec.structs.replace(request, method="GET")
        if not v2_routes.is_file(request):
            access.check_accept(request)
        version = access.version_of(request, behaviours)
        writes.check_simulated(request)
        if NEAREST[version] in SERVED_V2_VERSIONS:
            request = msgspec.structs.replace(request, version=NEAREST[version])
            v2_route = v2_routes.find_route(request, behaviours)
            access.check_permission(request, v2_route.resource, behaviours)
            return v2_route.endpoint(self.context, with_limited_page_size(request, behaviours.page_most))
        route = v1_routes.find_route(request)
        if route is None or (request.method != "GET" and v2_routes.is_known(request)):
            raise v2_routes.missing_error(request)
        if request.method != "GET":
            status = int(behaviours.wrong_method)
            raise ApiError(status, "not_found" if status != 405 else "method_not_allowed", "Resource Not Found")  # noqa: PLR2004
        access.check_version(version, v1_routes.served_versions(request, route, behaviours))
        access.check_permission(request, route.resource, behaviours)
        v1_routes.check_parameters(request, route, behaviours)
        return route.endpoint(self.context, with_limited_page_size(request, behaviours.page_most))

    def _log(self, request: Request, response: Response, fault: str | None) -> None:
        self.request_log.append(
            LogLine(
                self.clock.now(),
                request.method,
                request.path,
                request.query,
                request.version,
                request.user_agent,
                response.status,
                fault,
                _json_object(request.body),
            )
        )


def _scroll_stream(request: Request) -> str:
    """Return the name of the collection that a scroll request reads."""
    return "leads" if request.segments[0] == "contacts" else request.segments[0]


def _json_object(body: bytes) -> dict[str, object] | msgspec.UnsetType:
    """Read a request's body for the log; UNSET if it is no JSON object."""
    try:
        return msgspec.json.decode(body, type=dict[str, object]) if body else msgspec.UNSET
    except msgspec.MsgspecError:
        return msgspec.UNSET


_RATE_LIMIT_FAULTS = ("http-429", "http-429-bare")
_FAULTS_WITHOUT_LIMITS = (
    "http-429-bare",
    "http-401-token",
)  # a request without valid credentials gets no rate limit headers
