"""A Singer tap for Intercom."""

from importlib.metadata import version

__version__ = version("tap-intercom")
