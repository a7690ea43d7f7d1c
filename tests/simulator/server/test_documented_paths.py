"""docs/simulator.md lists the control API and the links as the code has them."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from intercom_simulator.relations.table import RELATIONS
from intercom_simulator.server.app import Simulator
from intercom_simulator.server.control_api import ControlApi
from intercom_simulator.server.options import read_options
from intercom_simulator.v2_api.routes import ROUTES

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "simulator.md").read_text()


def test_every_control_request_is_listed() -> None:
    listed = re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE) ([\w/]+)`", DOCUMENT, re.MULTILINE)
    served = set(ControlApi(Simulator(read_options({"world": "small"}))).handlers)
    truth = {("GET", "truth", 1), ("GET", "truth", 2)}  # which is streamed
    assert {(method, path.split("/")[0], path.count("/") + 1) for method, path in listed} == served | truth
    assert len(listed) == len(served | truth)


def test_every_kind_of_link_is_listed() -> None:
    assert re.findall(r"^\| `(\w+_\w+)` \|", DOCUMENT, re.MULTILINE) == list(RELATIONS)


def test_the_examples_of_bodies_are_accepted(server: Any) -> None:
    for method, path, cell in re.findall(r"^\| `(POST|DELETE) (\w+(?:/STREAM)?)` \| (.*) \|$", DOCUMENT, re.MULTILINE):
        for body in re.findall(r"`(\{.*?\})`", cell):
            target = f"/_simulator/{path.replace('STREAM', 'users')}"
            assert server.ask(target, method, json.loads(body)).status == 200, (target, body)


def test_every_read_that_is_missing_is_listed(samples: Path) -> None:
    document = yaml.load((samples.parent.parent / "api" / "openapi-2.16.yaml").read_text(), yaml.CSafeLoader)
    reads = [path for path, operations in document["paths"].items() if "get" in operations]
    missing = [path for path in reads if ("GET", *re.sub("{.*?}", "*", path).strip("/").split("/")) not in ROUTES]
    assert re.findall(r"^- `(/.*)`$", DOCUMENT, re.MULTILINE) == sorted(missing)
