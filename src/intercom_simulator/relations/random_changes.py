"""Random changes of links, so many of each kind; the same ones from the same seed."""

from random import Random

from intercom_simulator.relations.table import RELATIONS, find_relation
from intercom_simulator.store.randomness import random_for
from intercom_simulator.v2_search.searchable import SearchableRecords

TRIES = 20  # parents that are looked at for each link that is wanted

Pairs = list[tuple[str, str]]


def change_links(
    searchable: SearchableRecords, streams: list[str], seed: int, *, add: int, remove: int
) -> dict[str, dict[str, Pairs]]:
    """Remove and add so many links of each stream, fewer where few can be; return them as parent and target.

    No link is removed and added again. Raises NoSuchRecord for a stream without links.
    """
    for stream in streams:
        find_relation(searchable, stream)
    changed = {}
    for stream in streams or RELATIONS:
        random = random_for(seed, f"links {stream}")
        removed = _remove(searchable, stream, random, remove)
        changed[stream] = {"removed": removed, "added": _add(searchable, stream, random, add, removed)}
    return changed


def _remove(searchable: SearchableRecords, stream: str, random: Random, count: int) -> Pairs:
    relation, removed = RELATIONS[stream], Pairs()
    for parent in _some_parents(searchable, stream, random, count):
        if len(removed) == count:
            break
        linked = relation.linked(searchable, parent)
        if len(linked) > relation.least:
            target = random.choice(linked)
            relation.write(searchable, parent, [one for one in linked if one != target])
            removed.append((parent, target))
    return removed


def _add(searchable: SearchableRecords, stream: str, random: Random, count: int, removed: Pairs) -> Pairs:
    relation, added = RELATIONS[stream], Pairs()
    for parent in _some_parents(searchable, stream, random, count):
        if len(added) == count:
            break
        linked = relation.linked(searchable, parent)
        possible = relation.targets(searchable, parent)
        for target in random.choices(possible, k=1) if possible else ():
            if target not in linked and (parent, target) not in removed:
                relation.write(searchable, parent, [*linked, target])
                added.append((parent, target))
    return added


def _some_parents(searchable: SearchableRecords, stream: str, random: Random, count: int) -> list[str]:
    parents = list(RELATIONS[stream].parents(searchable))
    return random.choices(parents, k=count * TRIES) if parents else []
