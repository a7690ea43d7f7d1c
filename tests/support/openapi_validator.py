"""Intercom's OpenAPI files, as a judge of what the simulator answers and of what the tap asks."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema
import yaml

# Of answers, the files promise more than Intercom keeps: a field that is required may be missing.
UNKEPT = ("required",)
UNREAD = ("nullable", "example", "format", "description", "discriminator")

# Where the simulator knowingly serves what the OpenAPI files do not say: the JSON path of the value, and the source.
SERVED_OTHERWISE = {
    r"\.conversation_rating\.(remark|teammate.*)$": "the conversation model: a rating without a remark has null",
    r"\.source\.body$": "1.x and 2.x records alike: a message may have no body",
    r"^\$(\.admins\[\d+\])?\.avatar: {'type': 'avatar'": "the file of 2.11, every file's /me, and taps that read the "
    "API: an object, where the admin of 2.14 and later is described with a text",
    r"\.(width|height)$": "the file's own examples of attachments: null for what is no image",
    r"\.statistics\.": "records read from API 2.11: null until the moment has come",
    r"\.(statistics|conversation_rating|first_contact_reply|sla_applied|teammates|ai_agent)$": "the file's own "
    "examples: null where there is none",
    r"\.remote_created_at$": "supplied by the caller: now and then a text",
    r"\.metadata": "the file's own example of activity logs",
    r"\.custom_attributes\.": "data attributes of type boolean and float: the schema names text, integer and date only",
    r"\.ticket_type_attributes\.type$": "the file's own example of tickets: a plain list",
    r"\.(sms_consent|unsubscribed_from_sms)$": "records read from API 2.11",
    r"^\$\.pages\.next: 'http": "lists by page number: the schema says a cursor, answers have an URL",
    r"^\$\.pages: None": "the file's own example of the companies' scroll",
    r"\.model: 'conversation'": "data attributes of conversations were read from 2.11",
    r"^\$\.type: 'list' is not one of \['ticket_type_attributes.list'\]": "the file's own example of ticket types",
    r"\.answered_at: None": "a call that nobody took",
    r"^\$\.type: 'event\.list'": "the file describes the summary of events alone; Intercom's own client for Java reads "
    "an event.list where none is asked for",
    r"\.events\[\d+\]\.event_name$": "the file's own data_event: the events themselves, in place of their summary",
}


class Specification:
    """One OpenAPI file; `known` are patterns of what it says otherwise than Intercom does, each with its source."""

    def __init__(self, path: Path, known: Mapping[str, str]) -> None:
        self.document = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        self.used: set[str] = set()
        self._known = known
        schemas = self.document["components"]["schemas"]
        schemas.setdefault("custom_attributes", {"type": "object", "additionalProperties": True})  # missing in 2.11
        # Described or not, Intercom's examples have them.
        self._shown = set(keys_of(examples_of(self.document["paths"])))
        self._answers = {name: converted(schema, UNKEPT) for name, schema in schemas.items()}
        self._requests = {name: converted(schema) for name, schema in schemas.items()}

    def problems(self, method: str, path: str, answer: Any) -> list[str]:
        """Say what of the answer the file does not allow."""
        response = self.document["paths"][path][method.lower()]["responses"]["200"]["content"]["application/json"]
        return self._problems(answer, response["schema"])

    def component_problems(self, name: str, answer: Any) -> list[str]:
        """Say what of the answer is not as the component of this name describes it."""
        return self._problems(answer, self.document["components"]["schemas"][name])

    def _problems(self, answer: Any, schema: Any) -> list[str]:
        wrong = misfits(answer, converted(schema, UNKEPT), self._answers)
        unknown = {
            f"{where} is not described" for where, key in self._strangers(answer, schema) if key not in self._shown
        }
        return sorted(problem for problem in wrong | unknown if not self._excused(problem))

    def request_problems(self, request: Mapping[str, Any]) -> list[str]:
        """Say what of a request, as a relay has it, the file does not allow."""
        template = self.template(request["path"])
        operation = self.document["paths"].get(template, {}).get(request["method"].lower())
        asked = f"{request['method']} {template or request['path']}"
        if operation is None:
            found = {"is not described"}
        else:
            described = {one["name"] for one in map(self._resolved, operation.get("parameters", ()))}
            # By the OpenAPI standard, what is accepted needs no description.
            accepted = {"Accept": request["accept"]} if "Accept" in described and "accept" in request else {}
            headers = {"Intercom-Version": request["version"], **accepted}
            sent = {"query": dict(parse_qsl(request["query"])), "header": headers}
            found = {*self._wrong_parameters(operation, sent), *self._wrong_body(operation, request.get("body"))}
        return sorted(problem for what in found if not self._excused(problem := f"{asked} {what}"))

    def template(self, path: str) -> str:
        """Give the described path that a path is an instance of; "" where there is none."""
        fitting = [one for one in self.document["paths"] if re.fullmatch(re.sub(r"{[^}]+}", "[^/]+", one), path)]
        return min(fitting, key=lambda one: one.count("{"), default="")

    def _wrong_parameters(self, operation: Any, sent: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        described = {(one["in"], one["name"]): one for one in map(self._resolved, operation.get("parameters", ()))}
        for place, name in [key for key, one in described.items() if one.get("explode")]:
            described |= self._exploded(described.pop((place, name)))
        for place, parameters in sent.items():
            for name, text in parameters.items():
                if (place, name) not in described:
                    yield f"{place} {name} is not described"
                    continue
                schema = converted(self._resolved(described[place, name]["schema"]))
                yield from (f"{place} {name}{what[1:]}" for what in misfits(read(text, schema), schema, self._requests))
        for (place, name), parameter in described.items():
            if parameter.get("required") and place in sent and name not in sent[place]:
                yield f"lacks the {place} {name}"

    def _exploded(self, parameter: Any) -> dict[tuple[str, str], Any]:
        """Give the parameters that an object stands for, whose members are sent as parameters of their own."""
        members = [one["properties"] for one in self._branches(parameter["schema"]) if "properties" in one]
        return {(parameter["in"], name): {"schema": one} for member in members for name, one in member.items()}

    def _wrong_body(self, operation: Any, body: Any) -> Iterator[str]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            yield from () if body is None else ("body is not described",)
        elif body is None:
            yield from ("lacks its body",) if operation["requestBody"].get("required") else ()
        else:
            yield from (f"body {what}" for what in misfits(body, converted(content["schema"]), self._requests))
            for where, _ in self._strangers(body, content["schema"]):
                yield f"body {where} is not described"

    def _strangers(self, value: Any, *schemas: Any, where: str = "$") -> Iterator[tuple[str, str]]:
        """Yield the places and keys of the value that none of the schemas names."""
        possible = [one for schema in schemas for one in self._branches(schema)]
        if isinstance(value, list):
            items = [one["items"] for one in possible if "items" in one]
            for number, item in enumerate(value):
                yield from self._strangers(item, *items, where=f"{where}[{number}]")
        if not isinstance(value, dict) or any(one.get("additionalProperties") for one in possible):
            return
        described = [one["properties"] for one in possible if one.get("properties")]
        for key, item in value.items() if described else ():
            if any(key in properties for properties in described):
                inner = [properties[key] for properties in described if key in properties]
                yield from self._strangers(item, *inner, where=f"{where}.{key}")
            else:
                yield f"{where}.{key}", key

    def _branches(self, schema: Any) -> Iterator[Any]:
        """Yield a schema and all that it is put together of, or a choice of."""
        schema = self._resolved(schema)
        yield schema
        for name in ("oneOf", "anyOf", "allOf"):
            for choice in schema.get(name, ()):
                yield from self._branches(choice)

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self.document["components"]["schemas"][name]
        return schema

    def _excused(self, problem: str) -> bool:
        where = problem.partition(": ")[0].removesuffix(" is not described")
        patterns = {one for one in self._known if re.search(one, where) or re.search(one, problem)}
        self.used |= patterns
        return bool(patterns)


def converted(schema: Any, unkept: tuple[str, ...] = ()) -> Any:
    """Turn an OpenAPI 3.0 schema into a JSON Schema: nullable becomes a choice."""
    if isinstance(schema, list):
        return [converted(item, unkept) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: {name: converted(one, unkept) for name, one in value.items()}
        if key == "properties"
        else converted(value, unkept)
        for key, value in schema.items()
        if key not in (*UNREAD, *unkept)
    }
    return {"anyOf": [{"type": "null"}, plain]} if schema.get("nullable") else plain


def misfits(value: Any, schema: Any, components: Mapping[str, Any]) -> set[str]:
    """Say where a value is not as its schema wants it, and what is there."""
    validator = jsonschema.Draft202012Validator({**schema, "components": {"schemas": components}})
    return {f"${path_of(error)}: {error.message[:150]}" for error in leaves(validator.iter_errors(value))}


def leaves(errors: Any) -> Iterator[Any]:
    """Yield the errors that say most: of a choice, those of its likeliest branch."""
    for error in errors:
        best = [one for one in error.context or () if one.relative_path or one.validator != "type"]
        if best:
            yield from leaves(best)
        else:
            yield error


def path_of(error: Any) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)


def read(text: str, schema: Mapping[str, Any]) -> Any:
    """Read a parameter as its schema wants it; as text where it is not so."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if schema.get("type") == "boolean" else text


def examples_of(document: Any) -> Iterator[Any]:
    if isinstance(document, dict):
        yield from (value for key, value in document.items() if key == "examples")
        for value in document.values():
            yield from examples_of(value)


def keys_of(example: Any) -> Iterator[str]:
    if isinstance(example, Iterator):
        example = list(example)
    if isinstance(example, dict):
        for key, value in example.items():
            yield key
            yield from keys_of(value)
    elif isinstance(example, list):
        for item in example:
            yield from keys_of(item)
