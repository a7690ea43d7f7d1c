"""How Intercom hands out collections: one paginator for each way, and the reader that drives them.

The paginators are pure: they send nothing and have no clock. Requests are sent by `api`, and records are decoded by
`records`. Begin with `model`, which says what a paginator is; `search`, `scroll`, `cursors`, `page_numbers` and
`updated_ascending` are paginators, `reader` drives them.
"""
