"""Whatever a user makes of a catalog: each line fits its SCHEMA, or one line says what is wrong; never a traceback."""

import random
from typing import Any

import pytest
from jsonschema import Draft7Validator

from catalog_edits import edited
from conftest import Output, Tap
from full_sync import whole

SOAK = range(1, 300)
SEEDS = [pytest.param(seed, marks=[pytest.mark.soak] if seed in SOAK else []) for seed in range(300)]


def misfits(output: Output) -> list[str]:
    """Name what does not fit: a record its SCHEMA, a SCHEMA the rules of schemas."""
    found: list[str] = []
    validators: dict[str, Draft7Validator] = {}
    for message in output.messages:
        name = message.get("stream")
        if message["type"] == "SCHEMA":
            Draft7Validator.check_schema(message["schema"])
            assert set(message["key_properties"]) <= message["schema"]["properties"].keys()
            validators[name] = Draft7Validator(message["schema"])
        elif message["type"] == "RECORD":
            errors = validators[name].iter_errors(message["record"])
            found += [f"{name} {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]
    return found


def judge(output: Output) -> None:
    lines = output.stderr.split("\n")
    assert "Traceback" not in output.stderr
    assert output.code in {0, 2}, output.stderr
    assert bool(output.code) == any(line.startswith(("CRITICAL", "ERROR")) for line in lines)
    assert misfits(output) == []


@pytest.mark.parametrize("version", ["1.4", "2.11", "2.16"])
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_a_catalog_says_each_record_fits_its_schema(tap: Tap, version: str, seed: int) -> None:
    options: dict[str, Any] = whole(tap, version)
    options["catalog"] = edited(options["catalog"], random.Random(f"{version} {seed}"))
    judge(tap.raw(tap.arguments(**options, activate_version=True)))
