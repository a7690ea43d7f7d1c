"""The workspace of the tap's founding document: how many records of each stream it shows, in its order."""

from typing import Final

COUNTS: Final = {
    "admins": 12,
    "company_attributes": 226,
    "customer_attributes": 61,
    "segments": 5,
    "teams": 5,
    "tags": 404,
    "company_segments": 3,
    "conversations": 2284,
    "conversation_parts": 52610,
    "leads": 480,
    "users": 6231,
    "companies": 7182,
}
