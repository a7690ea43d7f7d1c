"""The endpoints of API 2.x.

Begin with `routes`, the table from path to function; `lists` is the table of plain lists. What searches read is in
`v2_search`, and the records that only 2.x has are in `v2_records`.
"""
