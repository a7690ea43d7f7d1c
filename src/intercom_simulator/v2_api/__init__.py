"""The endpoints of API 2.x.

Begin with `routes`, the table from path to function. What a search finds is in `v2_search`, and the records that only
2.x has are in `v2_records`.
"""
