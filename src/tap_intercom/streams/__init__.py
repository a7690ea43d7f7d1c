"""The table of streams: one row of facts for each, and the schema files.

Nothing here reads or writes anything. Begin with `model`, which says what a row can hold, then a table such as
`v2_people`; a new stream is a row there and a file in `schemas`. `builders` has the functions that rows are made with,
`refusals` what an operator should do where a stream may not be read.
"""
