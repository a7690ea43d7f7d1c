"""Companies of API 2.x, made from those of API 1.4."""

import msgspec

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.collection import Entry, RecordForm
from intercom_simulator.v2_search.contacts import INLINE_ITEMS
from intercom_simulator.v2_search.links import ContactLinks
from intercom_simulator.world.world import World


class CompanyWriter(msgspec.Struct, frozen=True):
    """Makes companies from those of API 1.4."""

    world: World
    links: ContactLinks

    def write(self, entry: Entry, options: ViewOptions) -> Record:
        """Make a company as this version shows it; since 2.16 it has its first notes and their number.

        The form of the list is that of captured answers, and its items are the notes that the OpenAPI file describes.
        """
        record = self.world.companies.api_record(entry, RecordForm())
        if options.minor < NEWEST_MINOR or self.world.behaviours.company_notes == "absent":
            return record
        notes = self.links.notes_about(entry, "company")
        listed = {
            "type": "note.list",
            "data": notes[:INLINE_ITEMS],
            "url": f"/companies/{entry.id}/notes",
            "total_count": len(notes),
            "has_more": len(notes) > INLINE_ITEMS,
        }
        return {**record, "notes": listed}
