"""How Intercom gives out collections: one paginator for each way, and the reader that sends their requests.

Paginators are pure: they send nothing and have no clock. Requests are sent by `api`, and records are decoded by
`records`. Begin with `model`, which says what a paginator is. The paginators are in `page_numbers`, `time_windows`,
`updated_ascending`, `cursors`, `search` and `scroll`. `reader` reads a collection by one of them, a long search in the
segments of `parallel_search`; `completeness` counts what has come, `loop_guard` ends pages that have no end, and
`checkpoints` says which bookmark is true while segments are read in parallel.
"""
