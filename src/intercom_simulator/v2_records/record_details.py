"""Fields that a record has only when it is requested alone."""

from collections.abc import Callable

from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.randomness import random_bits

STATE_VERSIONS = ("live", "draft")


def _article(seed: int, request: Request, record: Record) -> Record:
    """Return the statistics.

    The field is `conversations` as in the examples of the OpenAPI files; their schema has `conversions`.
    """
    del request
    bits = random_bits(seed, 151, int(record["id"]))
    reactions = bits >> 8 & 63
    happy, sad = (bits >> 14 & 63) % (reactions + 1), 0
    if happy < reactions:
        sad = (bits >> 20 & 63) % (reactions - happy + 1)
    shares = {"happy": happy, "neutral": reactions - happy - sad, "sad": sad}
    return {
        "statistics": {
            "type": "article_statistics",
            "views": reactions + (bits & 255),
            "conversations": bits >> 26 & 7,
            "reactions": reactions,
            **{f"{mood}_reaction_percentage": 100 * count / max(1, reactions) for mood, count in shares.items()},
        }
    }


def _data_connector(seed: int, request: Request, record: Record) -> Record:
    """Return the configuration. Raises ApiError for an unknown state_version."""
    if request.parameters.get("state_version", "live") not in STATE_VERSIONS:
        message = f"Invalid state_version. Must be one of: {', '.join(STATE_VERSIONS)}"
        raise ApiError(400, "parameter_invalid", message)
    bits = random_bits(seed, 157, int(record["id"]))
    described = {"type": "string", "description": "The Intercom conversation ID"}
    return {
        "audiences": ["users", "leads", "visitors"][: 1 + bits % 3],
        "execution_type": "server_side",
        "configuration_response_type": "test_response_type",
        "data_transformation_type": "redacted_access" if bits >> 4 & 3 == 0 else None,
        "client_function_name": None,
        "client_function_timeout_ms": None,
        "data_inputs": [{"name": "conversation_id", **described, "required": True, "default_value": ""}],
        "response_fields": [{"path": "état", "type": "string", "example_value": "ok", "redacted": bool(bits >> 6 & 1)}],
        "object_mappings": [],
        "token_ids": [],
        "customer_authentication": False,
        "bypass_authentication": False,
        "validate_missing_attributes": None,
    }


Detail = Callable[[int, Request, Record], Record]  # arguments: the world's seed, the request, the record of the list

DETAILS: dict[str, Detail] = {"articles": _article, "data_connectors": _data_connector}
