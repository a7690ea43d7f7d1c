"""A workspace behind its gate: one request in, one answer out, the rules in the order in which Intercom has them."""

from hashlib import blake2b

import msgspec

from intercom_simulator.protocol import access
from intercom_simulator.protocol.responses import JSON, Answer, Call, Refusal
from intercom_simulator.protocol.versions import V2_VERSIONS
from intercom_simulator.protocol.view_options import NEWEST, ViewOptions
from intercom_simulator.server.faults import FAULTS, KEPT, Faults, apply_fault
from intercom_simulator.server.options import MEBIBYTE, Options
from intercom_simulator.server.page_size_limit import with_limited_page_size
from intercom_simulator.server.rate_limit import WINDOW_SECONDS, QuotaState, RateLimit
from intercom_simulator.server.request_log import LogLine, RequestLog
from intercom_simulator.store.clock import Clock
from intercom_simulator.store.sizes import WORLDS
from intercom_simulator.v1_api import routes
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v1_api.scrolls import Scrolls
from intercom_simulator.v2_api import routes as modern_routes
from intercom_simulator.v2_api.lists import rows_of
from intercom_simulator.v2_records.change_knowledge import KnowledgeChanges
from intercom_simulator.v2_records.change_records import RecordChanges
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.export_jobs import Jobs
from intercom_simulator.world.mutation import Mutation
from intercom_simulator.world.world import World

GOOD = 200


class Workspace:
    """Everything behind the address that a client talks to."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or Clock(options.now)
        self.world = World(
            WORLDS[options.world].scaled(options.scale), options.seed, self.clock, options.set_switches()
        )
        self.context = Context(self.world, Scrolls(options.seed), SearchableRecords(self.world), Jobs(self.world))
        cached_bytes = options.cache_mb * MEBIBYTE
        for collection in self.world.streams.values():
            collection.cached_bytes = cached_bytes
        for searched in self.context.searchable.searched.values():
            searched.view.cached_bytes = cached_bytes
        self.quota = RateLimit(options.quota)
        self.faults = Faults(options.seed, options.faults)
        self.mutation = Mutation(self.world, options.seed, options.mutate)
        self.change = RecordChanges(self.context.searchable, options.seed, lambda: self.mutation.per_hundred_requests)
        self.editing = KnowledgeChanges(
            self.context.searchable, options.seed, lambda: self.mutation.per_hundred_requests
        )
        self.journal = RequestLog()
        self._requests = 0

    def answer(self, call: Call) -> Answer:
        """Answer the request and write it down."""
        self._requests += 1
        fault: str | None = None
        try:
            access.check_token(call, self.options.token)
            standing = self.quota.take(self.clock.now())
            fault = self.faults.choose(call) if standing.admitted else None
            answer = self._admitted(call, standing, fault)
        except Refusal as refusal:
            answer = refusal.answer(self.request_id())
        self._write_down(call, answer, fault)
        return answer

    @property
    def done(self) -> dict[str, int]:
        """Count the changes, by kind."""
        return {**self.mutation.done, **self.change.done, **self.editing.done}

    def listed(self, name: str) -> list[dict[str, object]]:
        """Return the records of a list as it stands."""
        return rows_of(self.context.searchable, name, ViewOptions(NEWEST))

    def request_id(self) -> str:
        """Name the present request as Intercom's older answers do: twenty small letters and digits."""
        digest = blake2b(f"{self.options.seed}/{self._requests}".encode(), digest_size=9).hexdigest()
        return f"00{digest}"

    def _admitted(self, call: Call, standing: QuotaState, fault: str | None) -> Answer:
        answer = (
            self._limited(standing, fault) if fault in _LIMITS or not standing.admitted else self._worked(call, fault)
        )
        if self.world.switches.rate_limit_headers and fault not in _WITHOUT_LIMITS:
            answer.headers = {**standing.headers(), **answer.headers}
        return answer

    def _limited(self, standing: QuotaState, fault: str | None) -> Answer:
        message = f"Exceeded rate limit of {standing.limit} in {WINDOW_SECONDS}_seconds"
        answer = Refusal(429, "rate_limit_exceeded", message).answer(self.request_id())
        if fault == "http-429":
            answer.headers = {**answer.headers, "X-RateLimit-Remaining": "0"}
        if self.world.switches.retry_after and fault != "http-429-bare":
            answer.headers = {**answer.headers, "Retry-After": str(max(1, standing.reset - int(self.clock.now())))}
        return answer

    def _worked(self, call: Call, fault: str | None) -> Answer:
        if fault is not None and FAULTS[fault].moment == "before":
            return self._failed(call, fault)
        try:
            body = self._body(call)
            answer = body if isinstance(body, Answer) else Answer(body=body)
        except Refusal as refusal:
            answer = refusal.answer(self.request_id())
        if self.world.switches.pretty and answer.content_type == JSON:
            answer.body = msgspec.json.format(answer.body, indent=2)
        self.mutation.served()
        if (call.version or self.world.switches.app_version) in V2_VERSIONS:
            self.change.served()
            self.editing.served(self.listed)
        return answer if fault is None else apply_fault(fault, answer, self.request_id())

    def _failed(self, call: Call, fault: str) -> Answer:
        where = FAULTS[fault].where
        if where == "conversation":
            entry = self.world.conversations.entries.get(call.segments[1])
            if entry is not None:
                self.world.remove("conversations", entry)
            return self._worked(call, None)
        if where == "contact":
            self._merge(call.segments[1])
            return self._worked(call, None)
        if fault in KEPT:
            self._hollow_scroll(call, KEPT[fault])
            return self._worked(call, None)
        if where == "scroll continuation":
            self._break_scroll(call, fault)
        return apply_fault(fault, Answer(), self.request_id())

    def _merge(self, identity: str) -> None:
        entry = self.context.searchable.contacts.find(identity)
        survivor = next((user for user in self.world.users if user.id != identity), None)
        if entry is not None and survivor is not None:
            self.context.searchable.links.merge(entry, survivor, int(self.clock.now()))

    def _hollow_scroll(self, call: Call, keep: int) -> None:
        stream = _scrolled(call)
        collection, now, behaviours = self.world.streams[stream], self.clock.now(), self.world.switches
        if self.context.scrolls.is_open(collection, call.parameters["scroll_param"], now, behaviours):
            for entry in self.context.scrolls.hollow(collection, keep, behaviours):
                self.world.remove(stream, entry)

    def _break_scroll(self, call: Call, fault: str) -> None:
        collection = self.world.streams[_scrolled(call)]
        now, behaviours = self.clock.now(), self.world.switches
        if not self.context.scrolls.is_open(collection, call.parameters["scroll_param"], now, behaviours):
            return
        if fault == "scroll-500":
            self.context.scrolls.break_scroll(collection, now, behaviours)
        else:
            self.context.scrolls.expire(collection, behaviours)

    def _body(self, call: Call) -> bytes | Answer:
        behaviours = self.world.switches
        version = access.version_of(call, behaviours) if modern_routes.is_file(call) else None
        if version is None:
            access.check_accept(call)
            version = access.version_of(call, behaviours)
        if version in V2_VERSIONS:
            modern = modern_routes.find(call, behaviours)
            access.check_permission(call, modern.resource, behaviours)
            return modern.endpoint(self.context, with_limited_page_size(call, behaviours.page_most))
        route = routes.find(call)
        if route is None or (call.method != "GET" and modern_routes.knows(call)):
            raise modern_routes.missing(call, version)
        if call.method != "GET":
            status = int(behaviours.wrong_method)
            raise Refusal(status, "not_found" if status != 405 else "method_not_allowed", "Resource Not Found")  # noqa: PLR2004
        access.check_version(version, routes.served_versions(call, route, behaviours))
        access.check_permission(call, route.resource, behaviours)
        routes.check_parameters(call, route, behaviours)
        return route.endpoint(self.context, with_limited_page_size(call, behaviours.page_most))

    def _write_down(self, call: Call, answer: Answer, fault: str | None) -> None:
        self.journal.write(
            LogLine(
                self.clock.now(),
                call.method,
                call.path,
                call.query,
                call.version,
                call.user_agent,
                answer.status,
                fault,
                _object(call.body),
            )
        )


def _scrolled(call: Call) -> str:
    """Name the stream that a scroll is over."""
    return "leads" if call.segments[0] == "contacts" else call.segments[0]


def _object(body: bytes) -> dict[str, object] | msgspec.UnsetType:
    """Read a request's body for the journal, if it is a JSON object."""
    try:
        return msgspec.json.decode(body, type=dict[str, object]) if body else msgspec.UNSET
    except msgspec.MsgspecError:
        return msgspec.UNSET


_LIMITS = ("http-429", "http-429-bare")
_WITHOUT_LIMITS = ("http-429-bare", "http-401-token")  # a request without valid credentials is told no limits
