"""The sync: it reads the selected streams, writes their records and moves their bookmarks.

Open `run` first: it reads all selected streams at the same time. `stream_sync` reads one stream with its child streams,
`export_sync` a stream that Intercom exports as files. `start` says where a stream starts, `claims` how far its bookmark
may move. `child_streams`, `inline_children`, `details` and `list_completion` read what belongs to a record;
`record_failures` keeps those that cannot be read. Records leave through `stream_output`. `context` is what all share.

How pages are requested is in `pagination`, how they are decoded in `records`, how messages are written in `singer`.
"""
