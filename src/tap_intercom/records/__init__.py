"""Decoding: from JSON Schema to types, from the bytes of an answer to rows of these types.

Values that do not fit their schema are converted or reported here, and no record is dropped. What is then done with
rows is in `sync`. Begin with `reader`; `schema_types` makes types of a schema, `scalars` and `containers` are the
types, and `list_extent` says how much of a list a record holds.
"""
