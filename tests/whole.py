"""A sync of everything that a version of the API has, those streams too that are off by default."""

from typing import Any

from conftest import Tap
from tap_intercom.streams import streams_of

SETTINGS: dict[str, Any] = {}


def whole(tap: Tap, version: str) -> dict[str, Any]:
    """Give the settings and the catalog of such a sync."""
    settings = {**SETTINGS, "api_version": version}
    names = [stream.name for stream in streams_of(version)]
    return {**settings, "catalog": tap.catalog(*names, **settings)}
