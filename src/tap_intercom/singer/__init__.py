"""What Singer defines: catalog, messages and state, and what is done to messages on their way out.

Nothing here knows URLs, headers or paginators. Begin with `messages`, which owns stdout. `catalog` writes catalogs,
`selection` says what a given one selects, `state` holds the bookmarks. Messages may be changed by `stream_maps`, made
flat by `flattening`, and put into files by `batch_files`.
"""
