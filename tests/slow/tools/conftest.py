"""What the tests with third-party tools share: a shell in a folder with the configuration and the catalog."""

import pytest

from conftest import Tap
from shell import Shell


@pytest.fixture
def shell(tap: Tap) -> Shell:
    shell = Shell(tap.folder)
    for name in ("config.json", "tap_config.json"):
        shell.write(name, tap.settings())
    shell.run("tap-intercom --config config.json --discover > catalog.json")
    return shell
