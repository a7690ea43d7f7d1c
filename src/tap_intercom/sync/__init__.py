"""The sync: it reads the selected streams, writes their records and moves their bookmarks.

Open `run` first: it reads all selected streams at the same time. `stream_sync` reads one stream with its child streams,
`link_sync` links by the members of what they lead to, where `link_ways` says so, and `export_sync` a stream that
Intercom exports as files. `start` says where a stream starts, `claims` how far its bookmark may move.

What belongs to a record is read by `relations`. Records leave through `stream_io`. How pages are requested is in
`pagination`, how they are decoded in `records`, how messages are written in `singer`.
"""
