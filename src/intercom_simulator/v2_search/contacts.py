"""Contacts: the users and leads of the workspace in one list, by role, with what hangs on them as short lists."""

from collections.abc import Callable, Sequence

import msgspec

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions, value_at
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_search.links import ContactLinks
from intercom_simulator.world.world import World

INLINE = 10
PUSHED_SINCE = 14  # the first OpenAPI file whose contacts have enabled_push_messaging
_CAMPAIGN = ("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "referrer")
_PLATFORMS = ("android", "ios")
_DEVICE = ("app_name", "app_version", "device", "os_version", "sdk_version", "last_seen_at")
_BROWSERS = (("chrome", "131.0.0", "en-IE", "Windows 10"), ("safari", "17.4", "ja", "OS X 14.4"), (None,) * 4)


class ContactView(msgspec.Struct, frozen=True):
    """Writes contacts from what API 1.4 knows of users and leads."""

    world: World
    links: ContactLinks

    def write(self, entry: Entry, options: ViewOptions) -> Record:
        """Write a contact as the version of the look shows it."""
        person, bits = self.person(entry), random_bits(self.world.seed, 61, int(entry.id[-14:], 16))
        record = {
            "type": "contact",
            "id": entry.id,
            "workspace_id": person["app_id"],
            "external_id": person["user_id"],
            "role": "lead" if person["anonymous"] else "user",
            "email": person["email"],
            "phone": person["phone"],
            "name": person["name"],
            "avatar": _avatar(person["avatar"]),
            "owner_id": _owner(person["owner_id"], options),
            "social_profiles": {"type": "list", "data": [_profile(one) for one in _profiles(person)]},
            **{key: person[key] for key in ("has_hard_bounced", "marked_email_as_spam", "unsubscribed_from_emails")},
            **_times(person, bits),
            **_habits(person, bits),
            "location": _location(person["location_data"] or {}),
            **_devices(person, bits),
            "custom_attributes": person["custom_attributes"],
            **self._lists(entry),
            **{key: person[key] for key in _CAMPAIGN},
            "sms_consent": bits >> 30 & 7 == 0,
            "unsubscribed_from_sms": False,
        }
        if options.minor >= PUSHED_SINCE:
            record["enabled_push_messaging"] = None
        if options.merge_history and record["role"] == "user":
            record["merge_history"] = self.links.merges(entry)
        return record

    def person(self, entry: Entry) -> Record:
        """Return the user or lead as API 1.4 knows it."""
        collection = self.world.leads if self.links.is_lead(entry) else self.world.users
        return collection.content(entry)

    def _lists(self, entry: Entry) -> Record:
        links = self.links
        opted_in, opted_out = links.subscriptions(entry)
        return {
            "tags": _short(entry, "tags", links.tags(entry)),
            "notes": _short(entry, "notes", [note["id"] for note in links.notes(entry)]),
            "companies": _short(entry, "companies", links.companies(entry)),
            "opted_out_subscription_types": _short(entry, "subscriptions", opted_out),
            "opted_in_subscription_types": _short(entry, "subscriptions", opted_in),
        }


def searchable(contacts: ContactView, entry: Entry, options: ViewOptions) -> Callable[[str], object]:
    """Return what tells the values of a contact's fields; times and ids without writing the record."""
    written: Record = {}

    def lookup(field: str) -> object:
        if field in ("id", "created_at", "updated_at"):
            return getattr(entry, field)
        if field == "last_seen_at":
            return entry.last_request_at
        if field == "role":
            return "lead" if contacts.links.is_lead(entry) else "user"
        if field == "tag_id":
            return contacts.links.tags(entry)
        if field == "segment_id":
            return contacts.links.segments(entry)
        if not written:
            written.update(contacts.write(entry, options))
            written["email_domain"] = str(written["email"] or "").rpartition("@")[2]
        return value_at(written, field)

    return lookup


def _short(entry: Entry, name: str, ids: Sequence[str]) -> Record:
    kind = {"companies": "company"}.get(name, name.removesuffix("s"))
    return {
        "type": "list",
        "data": [{"id": one, "type": kind, "url": f"/{name}/{one}"} for one in ids[:INLINE]],
        "url": f"/contacts/{entry.id}/{name}",
        "total_count": len(ids),
        "has_more": len(ids) > INLINE,
    }


def _avatar(avatar: Record | None) -> Record | None:
    return avatar if avatar and avatar.get("image_url") else None


def _owner(owner: str | int | None, options: ViewOptions) -> str | int | None:
    if owner is None:
        return None
    return str(owner) if options.minor >= NEWEST_MINOR else int(owner)


def _profiles(person: Record) -> list[Record]:
    profiles: list[Record] = (person["social_profiles"] or {}).get("social_profiles", [])
    return profiles


def _profile(profile: Record) -> Record:
    return {"type": "social_profile", "name": profile["name"], "url": profile["url"]}


def _times(person: Record, bits: int) -> Record:
    seen = person["last_request_at"]
    replied = None if seen is None or bits & 3 else seen - 30
    return {
        "created_at": person["created_at"],
        "updated_at": person["updated_at"],
        "signed_up_at": person["signed_up_at"],
        "last_seen_at": seen,
        "last_replied_at": replied,
        "last_contacted_at": replied and replied - 3600,
        "last_email_opened_at": seen if bits >> 2 & 7 == 0 else None,
        "last_email_clicked_at": seen if bits >> 2 & 31 == 0 else None,
    }


def _habits(person: Record, bits: int) -> Record:
    browser, version, filter_context, system = pick(bits >> 8, _BROWSERS)
    del person
    return {
        "language_override": "fr" if bits >> 12 & 15 == 0 else None,
        "browser": browser,
        "browser_version": version,
        "browser_language": filter_context,
        "os": system,
    }


def _location(location: Record) -> Record:
    return {
        "type": "location",
        "country": location.get("country_name"),
        "region": location.get("region_name"),
        "city": location.get("city_name"),
        "country_code": location.get("country_code"),
        "continent_code": location.get("continent_code"),
    }


def _devices(person: Record, bits: int) -> Record:
    devices: Record = {f"{platform}_{what}": None for platform in _PLATFORMS for what in _DEVICE}
    if bits >> 20 & 15 == 0:
        values = ("Blue Sun", "4.2.1", "Pixel 8 größer", "15", "15.6.0", person["last_request_at"])
        platform = pick(bits >> 24, _PLATFORMS)
        devices |= {f"{platform}_{what}": value for what, value in zip(_DEVICE, values, strict=True)}
    return devices
