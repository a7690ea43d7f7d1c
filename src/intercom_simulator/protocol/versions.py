"""The versions of Intercom's API: which there are, and which of them are served here."""

VERSION = "1.4"
FORMER_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
V2_VERSIONS = tuple(f"2.{minor}" for minor in range(7, 17))
LATER_VERSIONS = tuple(f"2.{minor}" for minor in range(18))
ALL_VERSIONS = frozenset((*FORMER_VERSIONS, VERSION, *LATER_VERSIONS, "Preview", "Unstable"))
