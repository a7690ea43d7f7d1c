"""Names of people, companies and towns from many countries and time zones."""

from typing import Any

import msgspec

from intercom_simulator.store.randomness import pick

APP_ID = "fyq3wodw"  # of the workspace
FIRST_NAMES = (
    "Joe", "Aoife", "Siân", "Zoë", "Jürgen", "Søren", "Łukasz", "François", "María José", "João", "Ngọc Ánh",
    "Олена", "Дмитрий", "さくら", "健太", "민준", "小明", "فاطمة", "יעל", "प्रिया", "Anne-Marie", "D'Arcy", "Nil",
    "Rene\u0301", "Björk", "Oğuz", "Chinwe", "Kamaka\u02bbiwa", "Hoban", "Inara", "Kaylee", "X Æ",
)  # fmt: skip
LAST_NAMES = (
    "Example", "O'Brien", "Ní Dhomhnaill", "Müller-Lüdenscheidt", "Østergård", "Wałęsa", "D'Angelo", "García Márquez",
    "dos Santos", "Nguyễn", "Шевченко", "山田", "김", "王", "الأحمد", "כהן", "शर्मा", "van der Berg", "Null", "True",
    "Þórsdóttir", "Çelik", "Okafor", "St. John", "Washburne", "Serra", "Frye", "Smith, Jr.", '"Mac" McDonald',
)  # fmt: skip
_COLOURS = ("Lime", "Turquoise", "Crimson", "Ochre", "Café au lait", "Ultramarine", "Rosé", "Slate")
_ANIMALS = ("Camel", "Capybara", "Tāne's Kiwi", "Walrus", "Añu", "Heron", "Lynx", "Narwhal 🐋")
_HUES = ("Blue", "Northern", "Grand", "Tiny", "Neue", "Société", "Old", "Quick", "Ümlaut", "Green", "O'Hara", "東京")
_THINGS = (
    "Sun",
    "Harbour",
    "Analytics",
    "Logistik",
    "Boulangerie",
    "Robotics",
    "Seguros",
    "Labs",
    "Pharma",
    "🚀 Ventures",
)
_FORMS = ("", " Ltd", " GmbH", " S.A.", " & Sons", ", Inc.", " Sp. z o.o.", " 株式会社")


class Town(msgspec.Struct, frozen=True):
    """A town, as Intercom derives it from an IP address."""

    city: str
    region: str
    postal_code: str | None
    country: str
    country_code: str
    continent: str
    timezone: str

    def location(self, chance: float) -> dict[str, Any]:
        """Return location_data; for some people only the country is known."""
        known = chance > 0.04  # noqa: PLR2004 - one person in twenty-five is known by country only
        return {
            "type": "location_data",
            "city_name": self.city if known else None,
            "continent_code": self.continent,
            "country_code": self.country_code,
            "country_name": self.country,
            "postal_code": self.postal_code if known else None,
            "region_name": self.region if known else None,
            "timezone": self.timezone,
        }


TOWNS = (
    Town("Dublin", "Dublin", None, "Ireland", "IRL", "EU", "Europe/Dublin"),
    Town("São Paulo", "São Paulo", "01310-100", "Brazil", "BRA", "SA", "America/Sao_Paulo"),
    Town("Kathmandu", "Bāgmatī", None, "Nepal", "NPL", "AS", "Asia/Kathmandu"),
    Town("Köln", "Nordrhein-Westfalen", "50667", "Germany", "DEU", "EU", "Europe/Berlin"),
    Town("東京", "東京都", "100-0001", "Japan", "JPN", "AS", "Asia/Tokyo"),
    Town("St. John's", "Newfoundland and Labrador", "A1A", "Canada", "CAN", "NA", "America/St_Johns"),
    Town("Honolulu", "Hawai\u02bbi", "96813", "United States", "USA", "NA", "Pacific/Honolulu"),
    Town("Apia", "Tuamasaga", None, "Samoa", "WSM", "OC", "Pacific/Apia"),
    Town("Łódź", "Łódzkie", "90-001", "Poland", "POL", "EU", "Europe/Warsaw"),
    Town("Abidjan", "Abidjan", None, "Côte d'Ivoire", "CIV", "AF", "Africa/Abidjan"),
    Town("Adelaide", "South Australia", "5000", "Australia", "AUS", "OC", "Australia/Adelaide"),
    Town("San Francisco", "California", "94105", "United States", "USA", "NA", "America/Los_Angeles"),
)


def pseudonym(bits: int) -> str:
    """Return a name for an unknown lead, in Intercom's style."""
    return f"{pick(bits, _COLOURS)} {pick(bits >> 4, _ANIMALS)}"


def company_name(bits: int) -> str:
    """Return the name of a company."""
    return f"{pick(bits, _HUES)} {pick(bits >> 8, _THINGS)}{pick(bits >> 16, _FORMS)}"
