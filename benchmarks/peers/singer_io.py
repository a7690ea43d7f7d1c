"""singer-io's tap from PyPI with another address: singer_io.py URL ARGUMENTS…"""

import sys
from typing import Any

from tap_intercom.client import IntercomClient

import tap_intercom

URL = sys.argv.pop(1)


class Client(IntercomClient):
    """The client, whose address is a constant of its own."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.base_url = URL


# The package's name `sync` is the function of that module, so the module is found by its full name.
vars(sys.modules["tap_intercom.sync"])["IntercomClient"] = Client
tap_intercom.main()
