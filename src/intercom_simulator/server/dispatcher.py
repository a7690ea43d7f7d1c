"""A workspace behind its gate: one request in, one answer out, the rules in the order in which Intercom has them."""

from hashlib import blake2b

import msgspec

from intercom_simulator.protocol import access
from intercom_simulator.protocol.responses import JSON, Answer, Call, Refusal
from intercom_simulator.protocol.versions import MODERN_VERSIONS
from intercom_simulator.protocol.view_options import NEWEST, Look
from intercom_simulator.server.faults import FAULTS, KEPT, Faults, spoil
from intercom_simulator.server.options import MEBIBYTE, Options
from intercom_simulator.server.page_size_limit import portioned
from intercom_simulator.server.rate_limit import WINDOW_SECONDS, Quota, Standing
from intercom_simulator.server.request_log import Journal, Line
from intercom_simulator.store.clock import Clock
from intercom_simulator.store.sizes import WORLDS
from intercom_simulator.v1_api import routes
from intercom_simulator.v1_api.context import Desk
from intercom_simulator.v1_api.scrolls import Scrolls
from intercom_simulator.v2_api import routes as modern_routes
from intercom_simulator.v2_api.lists import rows_of
from intercom_simulator.v2_records.change_knowledge import Editing
from intercom_simulator.v2_records.change_records import Change
from intercom_simulator.v2_search.searchable import Holdings
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
        self.desk = Desk(self.world, Scrolls(options.seed), Holdings(self.world), Jobs(self.world))
        cached_bytes = options.cache_mb * MEBIBYTE
        for collection in self.world.streams.values():
            collection.cached_bytes = cached_bytes
        for searched in self.desk.holdings.searched.values():
            searched.view.cached_bytes = cached_bytes
        self.quota = Quota(options.quota)
        self.faults = Faults(options.seed, options.faults)
        self.mutation = Mutation(self.world, options.seed, options.mutate)
        self.change = Change(self.desk.holdings, options.seed, lambda: self.mutation.per_hundred_requests)
        self.editing = Editing(self.desk.holdings, options.seed, lambda: self.mutation.per_hundred_requests)
        self.journal = Journal()
        self._requests = 0

    def answer(self, call: Call) -> Answer:
        """Answer the request and write it down."""
        self._requests += 1
        fault: str | None = None
        try:
            access.check_token(call, self.options.token)
            standing = self.quota.take(self.clock.now())
            fault = self.faults.draw(call) if standing.admitted else None
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
        return rows_of(self.desk.holdings, name, Look(NEWEST))

    def request_id(self) -> str:
        """Name the present request as Intercom's older answers do: twenty small letters and digits."""
        digest = blake2b(f"{self.options.seed}/{self._requests}".encode(), digest_size=9).hexdigest()
        return f"00{digest}"

    def _admitted(self, call: Call, standing: Standing, fault: str | None) -> Answer:
        answer = (
            self._limited(standing, fault) if fault in _LIMITS or not standing.admitted else self._worked(call, fault)
        )
        if self.world.switches.rate_limit_headers and fault not in _WITHOUT_LIMITS:
            answer.headers = {**standing.headers(), **answer.headers}
        return answer

    def _limited(self, standing: Standing, fault: str | None) -> Answer:
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
        if (call.version or self.world.switches.app_version) in MODERN_VERSIONS:
            self.change.served()
            self.editing.served(self.listed)
        return answer if fault is None else spoil(fault, answer, self.request_id())

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
        return spoil(fault, Answer(), self.request_id())

    def _merge(self, identity: str) -> None:
        entry = self.desk.holdings.contacts.find(identity)
        survivor = next((user for user in self.world.users if user.id != identity), None)
        if entry is not None and survivor is not None:
            self.desk.holdings.links.merge(entry, survivor, int(self.clock.now()))

    def _hollow_scroll(self, call: Call, keep: int) -> None:
        stream = _scrolled(call)
        collection, now, switches = self.world.streams[stream], self.clock.now(), self.world.switches
        if self.desk.scrolls.is_open(collection, call.parameters["scroll_param"], now, switches):
            for entry in self.desk.scrolls.hollow(collection, keep, switches):
                self.world.remove(stream, entry)

    def _break_scroll(self, call: Call, fault: str) -> None:
        collection = self.world.streams[_scrolled(call)]
        now, switches = self.clock.now(), self.world.switches
        if not self.desk.scrolls.is_open(collection, call.parameters["scroll_param"], now, switches):
            return
        if fault == "scroll-500":
            self.desk.scrolls.break_off(collection, now, switches)
        else:
            self.desk.scrolls.expire(collection, switches)

    def _body(self, call: Call) -> bytes | Answer:
        switches = self.world.switches
        version = access.version_of(call, switches) if modern_routes.is_file(call) else None
        if version is None:
            access.check_accept(call)
            version = access.version_of(call, switches)
        if version in MODERN_VERSIONS:
            modern = modern_routes.find(call, switches)
            access.check_permission(call, modern.resource, switches)
            return modern.endpoint(self.desk, portioned(call, switches.page_most))
        route = routes.find(call)
        if route is None or (call.method != "GET" and modern_routes.knows(call)):
            raise modern_routes.missing(call, version)
        if call.method != "GET":
            status = int(switches.wrong_method)
            raise Refusal(status, "not_found" if status != 405 else "method_not_allowed", "Resource Not Found")  # noqa: PLR2004
        access.check_version(version, routes.served_versions(call, route, switches))
        access.check_permission(call, route.resource, switches)
        routes.check_parameters(call, route, switches)
        return route.endpoint(self.desk, portioned(call, switches.page_most))

    def _write_down(self, call: Call, answer: Answer, fault: str | None) -> None:
        self.journal.write(
            Line(
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
