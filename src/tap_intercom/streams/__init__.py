"""The table of streams: one row of facts for each, and the schema files.

Nothing here asks Intercom. Begin with `model`, which describes what a row can say. The rows are in `v1` and, by their
subject, in `v2_people`, `v2_conversations` and the other modules that begin with `v2_`. A new stream is a row there and
a file in `schemas`. `builders` has the functions that make rows of 2.x, `table` brings all rows together, and
`refusals` says what an operator should do where a stream may not be read.
"""
