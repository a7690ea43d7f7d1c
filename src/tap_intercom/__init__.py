"""A Singer tap for Intercom."""

__version__ = "0.1.0"
