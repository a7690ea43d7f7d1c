"""What each stream of a run reads with and writes to: the run's context, its client, its output, its failed records.

Open `context` first: it has what all streams of a run share, and the client of one stream. `stream_output` makes the
readers of a stream and writes its records; `record_failures` keeps the records that cannot be read for later runs.

Which pages are requested and which bookmarks move is in `sync`; how messages are written is in `singer`.
"""
