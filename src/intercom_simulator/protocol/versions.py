"""The versions of Intercom's API: all that exist, and which of those that are modelled here each is served as."""

V1_VERSION = "1.4"
EARLIER_V1_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
V1_VERSIONS = (*EARLIER_V1_VERSIONS, V1_VERSION)
SERVED_V2_VERSIONS = tuple(f"2.{minor}" for minor in range(7, 17))
OLDEST_V2_VERSION, NEWEST_VERSION = SERVED_V2_VERSIONS[0], SERVED_V2_VERSIONS[-1]
EARLIER_V2_VERSIONS = tuple(f"2.{minor}" for minor in range(7))
LATER_VERSIONS = ("2.17", "Preview", "Unstable")
NEAREST = {
    **dict.fromkeys(V1_VERSIONS, V1_VERSION),
    **dict.fromkeys(EARLIER_V2_VERSIONS, OLDEST_V2_VERSION),
    **{version: version for version in SERVED_V2_VERSIONS},
    **dict.fromkeys(LATER_VERSIONS, NEWEST_VERSION),
}
ALL_VERSIONS = frozenset(NEAREST)
