"""What changes records is said not to be simulated, whatever the version."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from intercom_simulator.v2_api import routes
from intercom_simulator.v2_api.writes import FORMER_WRITES, WRITES

FILES = ("2.11", "2.14", "2.16", "preview")
CHANGING = ("post", "put", "patch", "delete")


@pytest.mark.parametrize("version", FILES)
def test_every_change_that_is_described_is_served_or_named(samples: Path, version: str) -> None:
    document = yaml.load((samples.parent.parent / "api" / f"openapi-{version}.yaml").read_text(), yaml.CSafeLoader)
    for path, operations in document["paths"].items():
        pattern = re.sub("{.*?}", "*", path).strip("/")
        for method in (name.upper() for name in operations if name in CHANGING):
            served = (method, *pattern.split("/")) in routes.ROUTES
            assert served is not (pattern in WRITES[method])


@pytest.mark.parametrize("version", ["1.0", "1.4", "2.7", "2.16", "Preview"])
@pytest.mark.parametrize("method", WRITES)
def test_a_change_is_not_simulated(ask: Any, version: str, method: str) -> None:
    for pattern in (*WRITES[method], *FORMER_WRITES.get(method, ())):
        path = f"/{pattern.replace('*', '1')}"
        reply = ask(path, method, {"a": 1}, version=version)
        assert reply.error == (501, "not_simulated", f"The simulator only reads: {method} {path} is not simulated")
        assert reply.json["type"] == "error.list"
        assert ask(f"{path}/and/more", method, version=version).status == 404


def test_what_is_served_is_no_such_change(ask: Any) -> None:
    query = {"query": {"field": "id", "operator": "!=", "value": ""}}
    for name in ("contacts", "conversations", "tickets"):
        assert ask(f"/{name}/search", "POST", query, version="2.16").status == 200
    assert ask("/companies/list", "POST", version="2.16").status == 200
    assert ask("/contacts", "POST", version="2.16", authorization="Bearer wrong").status == 401
