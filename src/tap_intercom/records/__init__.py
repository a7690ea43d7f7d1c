"""Decoding: from JSON Schema to types, from the bytes of an answer to rows of these types.

Values that do not fit their schema are converted, or counted and reported. A record is left out, and counted, only if
it is no object or has no key, or if the record around it has another shape.

Open `reader` first. `schema_types` builds types from a schema; `scalars`, `containers`, `custom_attributes` and
`raw_json` are the types. `json_repair` checks and repairs the text of an answer, and `envelope` decodes what is around
the records. `list_extent` tells how much of a list a record holds. What is done with the rows is in `sync`.
"""
