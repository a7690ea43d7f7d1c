"""The output of `--about`: name, version, capabilities and settings of the tap, as text, JSON or Markdown."""

from typing import Any, Final

import msgspec

from tap_intercom import __version__
from tap_intercom.config.settings import SETTINGS, Setting

NAME: Final = "tap-intercom"
DISTRIBUTION: Final = "singer-tap-intercom"  # on PyPI, where the name of the command is that of another tap
CAPABILITIES: Final = ("catalog", "discover", "state", "test", "about", "properties", "batch", "schema-flattening")
OPTIONAL: Final = ("stream-maps",)  # with the extra `maps`
FORMATS: Final = ("text", "json", "markdown")


def describe(form: str) -> str:
    """Describe the tap in one of FORMATS; the text ends with a line break."""
    return {"text": _as_text, "json": _as_json, "markdown": _as_markdown}[form]()


def description() -> dict[str, Any]:
    """Give what `--about` of a tap made with singer-sdk has; `settings` is a JSON Schema of the configuration."""
    from importlib.metadata import distributions, metadata  # noqa: PLC0415 - slow to load, and seldom needed

    package = metadata(DISTRIBUTION)
    python = "Programming Language :: Python :: "
    classifiers = package.get_all("Classifier") or []
    return {
        "name": NAME,
        "description": package["Summary"],
        "version": __version__,
        "supported_python_versions": [line.removeprefix(python) for line in classifiers if line.startswith(python)],
        "capabilities": [*CAPABILITIES, *(OPTIONAL if any(distributions(name="singer-sdk")) else ())],
        "settings": {
            "type": "object",
            "properties": {setting.name: _schema(setting) for setting in SETTINGS},
            "required": [setting.name for setting in SETTINGS if setting.required],
        },
    }


def _schema(setting: Setting) -> dict[str, Any]:
    kind = "string" if setting.kind == "date-time" else setting.kind
    schema: dict[str, Any] = {
        "type": [kind] if setting.required else [kind, "null"],
        "description": setting.description,
        "examples": [setting.example],
    }
    if setting.kind == "date-time":
        schema["format"] = "date-time"
    if setting.kind == "array":
        schema["items"] = {"type": "string"}
    if setting.default is not None:
        schema["default"] = setting.default
    if setting.allowed:
        schema["enum"] = [*setting.allowed, None]
    if setting.secret:
        schema["secret"] = schema["writeOnly"] = True
    return schema


def _as_json() -> str:
    return msgspec.json.format(msgspec.json.encode(description()), indent=2).decode() + "\n"


def _as_text() -> str:
    about = description()
    lines = [
        f"{about['name']} {about['version']}: {about['description']}",
        f"Python:       {', '.join(about['supported_python_versions'])}",
        f"Capabilities: {', '.join(about['capabilities'])}",
        "",
        "Settings, each in the file given with --config or, with --config ENV, in its variable:",
    ]
    for setting in SETTINGS:
        default = f"default {setting.shown_default}" if setting.shown_default else "no default"
        lines += [
            "",
            f"  {setting.name} ({setting.kind}, {'required' if setting.required else default})",
            f"    {setting.description}",
        ]
        if setting.allowed:
            lines.append(f"    One of: {', '.join(setting.allowed)}")
        lines.append(f"    Variable: {setting.variable}")
    return "\n".join(lines) + "\n"


def _as_markdown() -> str:
    about = description()
    lines = [
        f"# `{about['name']}` {about['version']}",
        "",
        about["description"],
        "",
        "## Capabilities",
        "",
        *(f"- `{capability}`" for capability in about["capabilities"]),
        "",
        "## Supported Python versions",
        "",
        *(f"- {version}" for version in about["supported_python_versions"]),
        "",
        "## Settings",
        "",
        "| Setting | Type | Required | Default | Variable | Description |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_markdown_row, SETTINGS),
    ]
    return "\n".join(lines) + "\n"


def _markdown_row(setting: Setting) -> str:
    required = "yes" if setting.required else "no"
    default = f"`{setting.shown_default}`" if setting.shown_default else ""
    allowed = f" One of {', '.join(f'`{name}`' for name in setting.allowed)}." if setting.allowed else ""
    return (
        f"| `{setting.name}` | {setting.kind} | {required} | {default} "
        f"| `{setting.variable}` | {setting.description}{allowed} |"
    )
