"""What API 2.x searches and shows: contacts, conversations, links, and the index, which lags.

Endpoints are in `v2_api`. Begin with `searchable`, which holds the collections and their indexes.
"""
