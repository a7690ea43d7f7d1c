"""Singer's side: catalog, messages, state, batch files and stream maps.

Nothing here knows URLs, headers or paginators. Begin with `messages`, which owns stdout; `catalog` describes and
selects streams, `state` holds bookmarks.
"""
