"""Contacts of API 2.x, made from the users and leads of API 1.4."""

from collections.abc import Callable, Sequence

import msgspec

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions, value_at
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_search.links import ContactLinks
from intercom_simulator.world.world import World

INLINE_ITEMS = 10
PUSH_MESSAGING_SINCE = 14  # the first OpenAPI file whose contacts have enabled_push_messaging
_CAMPAIGN = ("utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "referrer")
_PLATFORMS = ("android", "ios")
_DEVICE = ("app_name", "app_version", "device", "os_version", "sdk_version", "last_seen_at")
_BROWSERS = (("chrome", "131.0.0", "en-IE", "Windows 10"), ("safari", "17.4", "ja", "OS X 14.4"), (None,) * 4)


class ContactWriter(msgspec.Struct, frozen=True):
    """Makes contacts from the users and leads of API 1.4."""

    world: World
    links: ContactLinks

    def write(self, entry: Entry, options: ViewOptions) -> Record:
        """Make a contact as this version shows it."""
        v1_record, bits = self.v1_record(entry), random_bits(self.world.seed, 61, int(entry.id[-14:], 16))
        record = {
            "type": "contact",
            "id": entry.id,
            "workspace_id": v1_record["app_id"],
            "external_id": v1_record["user_id"],
            "role": "lead" if v1_record["anonymous"] else "user",
            "email": v1_record["email"],
            "phone": v1_record["phone"],
            "name": v1_record["name"],
            "avatar": _avatar(v1_record["avatar"]),
            "owner_id": _owner(v1_record["owner_id"], options),
            "social_profiles": {"type": "list", "data": [_profile(one) for one in _profiles(v1_record)]},
            **{key: v1_record[key] for key in ("has_hard_bounced", "marked_email_as_spam", "unsubscribed_from_emails")},
            **_times(v1_record, bits),
            **_browser(bits),
            "location": _location(v1_record["location_data"] or {}),
            **_devices(v1_record, bits),
            "custom_attributes": v1_record["custom_attributes"],
            **self._lists(entry),
            **{key: v1_record[key] for key in _CAMPAIGN},
            "sms_consent": bits >> 30 & 7 == 0,
            "unsubscribed_from_sms": False,
        }
        if options.minor >= PUSH_MESSAGING_SINCE:
            record["enabled_push_messaging"] = None
        if options.merge_history and record["role"] == "user":
            record["merge_history"] = self.links.merge_history(entry)
        return record

    def v1_record(self, entry: Entry) -> Record:
        """Return the user or lead of API 1.4."""
        collection = self.world.leads if self.links.is_lead(entry) else self.world.users
        return collection.content(entry)

    def _lists(self, entry: Entry) -> Record:
        links = self.links
        opted_in, opted_out = links.subscriptions(entry)
        return {
            "tags": _inline_list(entry, "tags", links.tags(entry)),
            "notes": _inline_list(entry, "notes", [note["id"] for note in links.notes(entry)]),
            "companies": _inline_list(entry, "companies", links.companies(entry)),
            "opted_out_subscription_types": _inline_list(entry, "subscriptions", opted_out),
            "opted_in_subscription_types": _inline_list(entry, "subscriptions", opted_in),
        }


def field_lookup(writer: ContactWriter, entry: Entry, options: ViewOptions) -> Callable[[str], object]:
    """Return a function from a search field to its value; times and ids do without making the record."""
    written: Record = {}

    def lookup(field: str) -> object:
        if field in ("id", "created_at", "updated_at"):
            return getattr(entry, field)
        if field == "last_seen_at":
            return entry.last_request_at
        if field == "role":
            return "lead" if writer.links.is_lead(entry) else "user"
        if field == "tag_id":
            return writer.links.tags(entry)
        if field == "segment_id":
            return writer.links.segments(entry)
        if not written:
            written.update(writer.write(entry, options))
            written["email_domain"] = str(written["email"] or "").rpartition("@")[2]
        return value_at(written, field)

    return lookup


def _inline_list(entry: Entry, name: str, ids: Sequence[str]) -> Record:
    kind = {"companies": "company"}.get(name, name.removesuffix("s"))
    return {
        "type": "list",
        "data": [{"id": one, "type": kind, "url": f"/{name}/{one}"} for one in ids[:INLINE_ITEMS]],
        "url": f"/contacts/{entry.id}/{name}",
        "total_count": len(ids),
        "has_more": len(ids) > INLINE_ITEMS,
    }


def _avatar(avatar: Record | None) -> Record | None:
    return avatar if avatar and avatar.get("image_url") else None


def _owner(owner: str | int | None, options: ViewOptions) -> str | int | None:
    if owner is None:
        return None
    return str(owner) if options.minor >= NEWEST_MINOR else int(owner)


def _profiles(v1_record: Record) -> list[Record]:
    profiles: list[Record] = (v1_record["social_profiles"] or {}).get("social_profiles", [])
    return profiles


def _profile(profile: Record) -> Record:
    return {"type": "social_profile", "name": profile["name"], "url": profile["url"]}


def _times(v1_record: Record, bits: int) -> Record:
    seen = v1_record["last_request_at"]
    replied = None if seen is None or bits & 3 else seen - 30
    return {
        "created_at": v1_record["created_at"],
        "updated_at": v1_record["updated_at"],
        "signed_up_at": v1_record["signed_up_at"],
        "last_seen_at": seen,
        "last_replied_at": replied,
        "last_contacted_at": replied and replied - 3600,
        "last_email_opened_at": seen if bits >> 2 & 7 == 0 else None,
        "last_email_clicked_at": seen if bits >> 2 & 31 == 0 else None,
    }


def _browser(bits: int) -> Record:
    browser, version, browser_language, system = pick(bits >> 8, _BROWSERS)
    return {
        "language_override": "fr" if bits >> 12 & 15 == 0 else None,
        "browser": browser,
        "browser_version": version,
        "browser_language": browser_language,
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


def _devices(v1_record: Record, bits: int) -> Record:
    devices: Record = {f"{platform}_{what}": None for platform in _PLATFORMS for what in _DEVICE}
    if bits >> 20 & 15 == 0:
        values = ("Blue Sun", "4.2.1", "Pixel 8 größer", "15", "15.6.0", v1_record["last_request_at"])
        platform = pick(bits >> 24, _PLATFORMS)
        devices |= {f"{platform}_{what}": value for what, value in zip(_DEVICE, values, strict=True)}
    return devices
