"""What API 2.x searches: contacts, conversations and tickets, their links, and the search index with its lag.

The endpoints are in `v2_api`. Begin with `searchable`, which has the views and their index.
"""
