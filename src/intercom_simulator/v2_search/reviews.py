# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Reviews of conversations (monitor evaluations and scorecards), which searches of 2.16 show on request."""

from intercom_simulator.protocol.view_options import Record, ViewOptions
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.world.world import World

_MONITORS = (
    ("12345", "Customer complaint handling", "prompt"),
    ("12346", "Größe & “Ton”", "prompt"),
    ("12347", None, None),  # deleted since
)
_SCORECARDS = (("67890", "67891", "Standard QA Review"), ("67894", "67899", "Première réponse"))


def reviews(world: World, ordinal: int, updated_at: int, options: ViewOptions) -> Record:
    """Return the requested reviews of the conversation of this number."""
    bits = random_bits(world.seed, 163, ordinal)
    found: Record = {}
    if options.monitors:
        flagged = (bits & 3 == 0) + (bits & 15 == 0)
        found["monitor_evaluations"] = [_evaluation(bits >> 8 + 4 * number, updated_at) for number in range(flagged)]
    if options.scorecards:
        judged = (bits >> 4 & 3 == 0) + (bits >> 4 & 15 == 0)
        found["scorecards"] = [_scorecard(world, bits >> 16 + 8 * number, updated_at) for number in range(judged)]
    return found


def _evaluation(bits: int, moment: int) -> Record:
    identity, name, kind = pick(bits, _MONITORS)
    return {
        "monitor_id": identity,
        "monitor_name": name,
        "monitor_type": kind,
        "result": "flagged",
        "explanation": "The customer wanted a refund – and got none." if bits >> 4 & 1 else None,  # noqa: RUF001
        "evaluated_at": moment if bits >> 5 & 7 else None,
    }


def _scorecard(world: World, bits: int, moment: int) -> Record:
    identity, version, name = pick(bits, _SCORECARDS)
    scored, by_hand = bits >> 1 & 3 != 0, bits >> 3 & 1 == 1
    score = round((bits >> 4 & 127) / 127, 2)
    teammate = {"type": "admin", "admin_id": pick(bits >> 6, world.setup.admin_ids)}
    return {
        "scorecard_id": identity,
        "scorecard_version_id": version,
        "name": name,
        "scorecard_type": "human" if by_hand else "ai",
        "passed": score > 0.5 if scored else None,
        "score": score if scored else None,
        "ai_score": score if scored and not by_hand else None,
        "evaluated_at": moment if scored else None,
        "reviewed_teammate": teammate if by_hand else {"type": "ai", "admin_id": None},
        "evaluators": [
            {
                "evaluator_id": str(54321 + number),
                "result": _result(bits >> number, by_hand=by_hand) if scored else None,
            }
            for number in range(2)
        ],
    }


def _result(bits: int, *, by_hand: bool) -> Record:
    return {
        "value": pick(bits, ("pass", "fail")),
        "source": "human" if by_hand else "ai",
        "reasoning": None if by_hand else "The agent resolved it within the same response.",
        "reason_ids": ["101", "102"][: bits >> 2 & 3] if by_hand else None,
        "other_text": "Merci 🙏" if by_hand and bits >> 4 & 1 else None,
    }
