"""The endpoints of API 1.x.

Begin with `routes`, the table from path to function; `context` is what every endpoint gets. Records are made in
`content` and `world`.
"""
