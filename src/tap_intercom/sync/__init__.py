"""The sync itself: streams, child streams, list completion and bookmarks come together here.

How a page is asked for is in `pagination`, how it is decoded in `records`. Begin with `run`, which reads the selected
streams side by side; `stream_sync` reads one of them and decides when its bookmark moves, `child_streams` reads what
hangs on other records.
"""
