"""Write the tap's plugin definition for Meltano from what `--about` tells; `--check` only compares.

`examples/meltano/tap-intercom.yml` is the definition as the Meltano Hub has them; the lock file is the same, as a
project keeps it. Defaults are told and not set: a value in the definition would count as one that the user has set.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tap_intercom.cli.about import description
from tap_intercom.streams.table import STREAMS_V1, STREAMS_V2

PROJECT: Final = Path(__file__).resolve().parents[1] / "examples" / "meltano"
DEFINITION: Final = PROJECT / "tap-intercom.yml"
LOCK: Final = PROJECT / "plugins" / "extractors" / "tap-intercom--original.lock"
NOTE: Final = "# Written by `make generate` from the settings and capabilities of the tap.\n"
KINDS: Final = {"number": "decimal"}  # Meltano's other kinds have the names of JSON's types
OLDER: Final = "properties"  # a plugin is to declare this or `catalog`, not both
ACRONYMS: Final = {"Api": "API", "Url": "URL"}


def main() -> int:
    """Write the definition, or say whether it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a file is out of date")
    check = parser.parse_args().check
    wanted = {DEFINITION: as_hub(definition()), LOCK: as_lock(definition())}
    late = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in late:
        if check:
            print(f"{path.name} is out of date; run `make generate`", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path])
    return int(check and bool(late))


def definition() -> dict[str, Any]:
    """Define the plugin: what it can do, which settings it has, and what it reads by default."""
    about = description()
    properties = about["settings"]["properties"]
    return {
        "name": about["name"],
        "namespace": about["name"].replace("-", "_"),
        "variant": "original",
        "label": "Intercom",
        "description": about["description"],
        "domain_url": "https://developers.intercom.com",
        "executable": about["name"],
        "capabilities": sorted(set(about["capabilities"]) - {OLDER}),
        "select": list(selection()),
        "settings": [setting(name, schema) for name, schema in properties.items()],
        "settings_group_validation": [["access_token", "start_date"], ["access_token_file", "start_date"]],
    }


def selection() -> Iterable[str]:
    """Select everything but the streams that are off by default in every version, which `*.*` would switch on."""
    yield "*.*"
    on = {stream.name for stream in (*STREAMS_V1, *STREAMS_V2) if stream.by_default}
    for name in sorted({stream.name for stream in STREAMS_V2} - on):
        yield f"!{name}.*"


def setting(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Define a setting from its JSON Schema."""
    kind = next(kind for kind in schema["type"] if kind != "null")
    choices = [value for value in schema.get("enum", ()) if value is not None]
    told: dict[str, Any] = {
        "name": name,
        "label": label(name),
        "kind": kind_of(kind, schema),
        "description": schema["description"],
    }
    if "default" in schema:
        told["description"] += f" Default: `{json.dumps(schema['default']).strip(chr(34))}`."
    if choices:
        told["options"] = [{"label": value, "value": value} for value in choices]
    if schema.get("secret"):
        told["sensitive"] = True
    if isinstance(schema["examples"][0], str):
        told["placeholder"] = schema["examples"][0]
    return told


def kind_of(kind: str, schema: Mapping[str, Any]) -> str:
    """Name Meltano's kind of a setting."""
    if "enum" in schema:
        return "options"
    return "date_iso8601" if schema.get("format") == "date-time" else KINDS.get(kind, kind)


def label(name: str) -> str:
    """Make a label of a name: `api_version` is "API Version"."""
    return " ".join(ACRONYMS.get(word, word) for word in name.replace("_", " ").title().split())


def as_hub(plugin: Mapping[str, Any]) -> str:
    """Write a definition as the Hub's files are."""
    return NOTE + yaml.safe_dump(dict(plugin), sort_keys=False, width=110, allow_unicode=True)


def as_lock(plugin: Mapping[str, Any]) -> str:
    """Write a definition as Meltano locks it in a project."""
    kept = {name: value for name, value in plugin.items() if name != "domain_url"}
    return json.dumps({"plugin_type": "extractors", **kept}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
