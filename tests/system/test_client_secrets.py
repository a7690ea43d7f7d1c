"""Where the token goes, and where it never shows."""

import asyncio
import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from clients import TAGS, TOKEN, as_is, client, story
from scripted_server import ScriptedServer, answer, raw
from tap_intercom.api.types import Refused
from tap_intercom.errors import Unavailable

SELF_SIGNED = (
    *("openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
    *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
)


def told_by(error: BaseException | None) -> list[object]:
    """Return all that an error and those behind it hold."""
    return [error, error.args, vars(error), *told_by(error.__cause__), *told_by(error.__context__)] if error else []


class TestTheToken:
    @pytest.mark.parametrize("status", [302, 401, 404, 500, 503])
    @pytest.mark.parametrize(
        "body",
        [
            f"Access Token {TOKEN} Invalid",
            f'{{"errors":[{{"code":"{TOKEN}","message":"{TOKEN.replace("/", chr(92) + "/")}"}}]}}',
            f'{{"errors":[{{"message":"{"x" * 190}{TOKEN}"}}],"request_id":"{TOKEN}"}}',
        ],
    )
    @story
    async def test_a_token_that_is_sent_back_shows_nowhere(self, status: int, body: str) -> None:
        echo = answer(body.encode(), status, X_Request_Id=f"id-{TOKEN}")
        async with ScriptedServer(then=echo) as server, client(server) as asking:
            with pytest.raises((Refused, Unavailable)) as caught:
                await asking.ask(TAGS, len)
        said = told_by(caught.value)
        assert TOKEN[:8] not in repr(said)

    @story
    async def test_a_failed_connection_does_not_show_it(self) -> None:
        async with ScriptedServer(then=raw(b"220 smtp ready\r\n\r\n")) as server, client(server) as asking:
            with pytest.raises(Unavailable) as caught:
                await asking.ask(TAGS, as_is)
        assert TOKEN not in repr(told_by(caught.value))


class TestTheWay:
    def test_the_environment_names_the_proxy_and_the_token_stays_within_tls(self) -> None:
        async def meet_the_proxy() -> tuple[ScriptedServer, str]:
            async with ScriptedServer(then=answer(b"", 407)) as proxy:
                program = (
                    "import asyncio, datetime\n"
                    "from tap_intercom.api.client import Client\n"
                    "from tap_intercom.config.config import Config\n"
                    "from tap_intercom.api.retry import RetryPolicy\n"
                    "from tap_intercom.api.types import Request\n"
                    "async def main():\n"
                    f"    config = Config(access_token={TOKEN!r}, start_date=datetime.datetime.now(datetime.UTC))\n"
                    "    async with Client(config, retry_policy=RetryPolicy(max_attempts=1)) as client:\n"
                    "        await client.ask(Request(path='/tags'), bytes)\n"
                    "asyncio.run(main())\n"
                )
                unset = {"https_proxy", "no_proxy", "NO_PROXY"}
                environment = {name: value for name, value in os.environ.items() if name not in unset}
                environment["HTTPS_PROXY"] = f"http://user:password@127.0.0.1:{proxy.port}"
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-c", program, env=environment, stderr=subprocess.PIPE
                )
                return proxy, (await process.communicate())[1].decode()

        proxy, said = asyncio.run(meet_the_proxy())
        (asked,) = proxy.journal
        assert (asked.method, asked.target) == ("CONNECT", "api.intercom.io:443")
        assert asked.headers["proxy-authorization"].startswith("Basic ")
        assert "authorization" not in asked.headers
        assert "no connection (the proxy answered 407)" in said
        assert "password" not in said
        assert TOKEN not in said

    @story
    async def test_a_certificate_that_nobody_vouches_for_ends_it_at_once(self, tmp_path: Path) -> None:
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        subprocess.run(  # noqa: ASYNC221 - nothing else is going on yet
            [*SELF_SIGNED, "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        async with ScriptedServer(tls=tls) as server, client(server) as asking:
            with pytest.raises(
                Unavailable, match=r"in 1 attempt, .* not trusted \(self-signed certificate\); have SSL"
            ):
                await asking.ask(TAGS, as_is)
        assert (server.journal, asking.requests) == ([], 0)
