"""A relay between a tap and a simulator, which keeps every answer that it passes on."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Exchange(NamedTuple):
    """A request, as the simulator's journal has it but with what is accepted, and what was answered."""

    request: dict[str, Any]
    status: int
    body: bytes


Edit = Callable[[str, bytes, bytes], bytes]


@contextmanager
def relayed(
    url: str, *, without: str = "", edit: Edit = lambda _path, _asked, body: body
) -> Iterator[tuple[str, list[Exchange]]]:
    """Give an address that stands for `url`, and the exchanges that happen there.

    Answers are `without` a header. `edit` gets the path and the body of a request and the body of its answer, and gives
    the body that is sent.
    """
    exchanges: list[Exchange] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.beyond = http.client.HTTPConnection(url.removeprefix("http://"))

        def finish(self) -> None:
            self.beyond.close()
            super().finish()

        def pass_on(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.beyond.request(self.command, self.path, asked or None, dict(self.headers))
            answer = self.beyond.getresponse()
            body = edit(self.path.partition("?")[0], asked, answer.read())
            exchanges.append(Exchange(self.as_request(asked), answer.status, body))
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"content-length", "transfer-encoding", without}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def as_request(self, body: bytes) -> dict[str, Any]:
            path, _, query = self.path.partition("?")
            request = {"method": self.command, "path": path, "query": query}
            headers = {"version": self.headers["Intercom-Version"], "accept": self.headers["Accept"]}
            return {**request, **headers, **({"body": json.loads(body)} if body else {})}

        do_GET = do_POST = pass_on  # noqa: N815 - as http.server calls them

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # a connection for which there is no room tries again a second later

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", exchanges
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
