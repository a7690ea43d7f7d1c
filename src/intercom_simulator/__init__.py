"""A local simulator of Intercom's REST API (1.4 and 2.7 to 2.16), for tests and demonstrations.

The workspace that it serves is invented and follows from a seed. Begin with `server.app`. The rooms, from the top down:
`server` (HTTP, faults, control API), `expected` (what a complete sync reads), `v2_api` and `v1_api` (endpoints),
`v2_records` (records that only 2.x has), `v2_search` (contacts, conversations and searches of 2.x), `world` (the
workspace and its changes), `content` (what records consist of), `protocol` (rules of the API) and `store` (collections,
clock, randomness).
"""
