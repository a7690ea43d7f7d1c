"""Records of custom objects, of two types."""

from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.randomness import random_bits
from intercom_simulator.world.world import World

TYPES = {"Order": 170, "Test_Object": 20}  # the number of each in the large world
LAST_ID = {"Order": 9_000, "Test_Object": 20_000}


def instances_of(world: World, kind: str, count: int) -> list[Record]:
    """Return so many custom objects of a type, newest first."""
    listed = []
    for number in range(count):
        bits = random_bits(world.seed, 179, number)
        made = world.newest_at - 3600 * number
        attributes = {"order_number": f"ORDER-{number}", "total_amount": (bits & 0xFFFF) / 100}
        listed.append(
            {
                "id": str(LAST_ID[kind] - number),
                "type": kind,
                "custom_attributes": attributes if kind == "Order" else {"Größe": bits & 0xFF, "is_new": None},
                "external_id": f"{kind.lower()}_{number}/é",
                "external_created_at": None if bits >> 20 & 1 else made - 5,
                "external_updated_at": None if bits >> 20 & 1 else made - 4,
                "created_at": made,
                "updated_at": made + bits % 600,
            }
        )
    return listed
