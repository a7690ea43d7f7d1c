"""The sizes of a world: how many records of each kind it has."""

from random import Random

import msgspec

from intercom_simulator.store.randomness import random_for

LARGEST_PART_COUNT = 120
# The least and the most of each kind in a random world. More than ten segments or tags are too many for one list.
RANDOM_SIZES = {
    "admins": (1, 8),
    "teams": (1, 5),
    "tags": (1, 30),
    "segments": (1, 24),
    "company_segments": (1, 20),
    "users": (1, 90),
    "leads": (1, 30),
    "companies": (1, 75),
    "conversations": (3, 25),
    "parts": (1, 80),
    "tickets": (1, 25),
}
EMPTY_EVERY = 25  # every so many conversations there is one without parts


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of each kind a world has; `parts` counts the parts of all conversations together."""

    admins: int
    teams: int
    tags: int
    segments: int
    company_segments: int
    company_attributes: int
    customer_attributes: int
    users: int
    leads: int
    companies: int
    conversations: int
    parts: int
    tickets: int
    shared_names: bool  # whether two attributes of one model share their `name`

    def scaled(self, factor: float) -> "Sizes":
        """Return the sizes with records multiplied; settings such as tags stay as they are."""
        grown = {
            field: max(1, round(getattr(self, field) * factor))
            for field in ("users", "leads", "companies", "conversations", "parts", "tickets")
        }
        return msgspec.structs.replace(self, **grown)


WORLDS: dict[str, Sizes] = {
    "readme": Sizes(
        admins=12,
        teams=5,
        tags=404,
        segments=5,
        company_segments=3,
        company_attributes=226,
        customer_attributes=61,
        users=6231,
        leads=480,
        companies=7182,
        conversations=2284,
        parts=52610,
        tickets=900,
        shared_names=False,  # the document's counts are read back from a store whose key is the name
    ),
    "small": Sizes(
        admins=4,
        teams=3,
        tags=25,
        segments=4,
        company_segments=2,
        company_attributes=24,
        customer_attributes=36,
        users=130,
        leads=70,
        companies=250,
        conversations=130,
        parts=600,
        tickets=60,
        shared_names=True,
    ),
}


def sizes_of(world: str, seed: int) -> Sizes:
    """Return the sizes of a world; those of the world `random` follow from the seed: few records with many links."""
    if world in WORLDS:
        return WORLDS[world]
    random = random_for(seed, "sizes")
    return msgspec.structs.replace(
        WORLDS["small"],
        **{field: random.randint(*span) for field, span in RANDOM_SIZES.items()},
    )


def distribute(parts: int, conversations: int, random: Random) -> list[int]:
    """Return the number of parts of each conversation, exactly `parts` in all: most few, some none, a few very many."""
    counts = [0] * conversations
    largest = min(parts, LARGEST_PART_COUNT) if conversations > 1 else parts
    counts[0] = largest
    weights = [
        0.0 if number % EMPTY_EVERY == 1 else random.lognormvariate(0, 1.3) for number in range(1, conversations)
    ]
    total_weight = sum(weights)
    for number, weight in enumerate(weights, start=1):
        counts[number] = int((parts - largest) * weight / total_weight)
    nonempty = [number for number, weight in enumerate(weights, start=1) if weight] or [0]
    for left in range(parts - sum(counts)):
        counts[nonempty[left % len(nonempty)]] += 1
    return counts
