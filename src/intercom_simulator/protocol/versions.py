"""The versions of Intercom's API: all that exist, and those that are served here."""

V1_VERSION = "1.4"
EARLIER_V1_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
SERVED_V2_VERSIONS = tuple(f"2.{minor}" for minor in range(7, 17))
NEWEST_VERSION = SERVED_V2_VERSIONS[-1]
KNOWN_V2_VERSIONS = tuple(f"2.{minor}" for minor in range(18))
ALL_VERSIONS = frozenset((*EARLIER_V1_VERSIONS, V1_VERSION, *KNOWN_V2_VERSIONS, "Preview", "Unstable"))
