"""What `--discover` and `--test` ask Intercom: which streams may be read, and which fields they have.

Catalogs are put together in `singer`, and results are printed by `cli`. Begin with `discover`; `probe` asks for the
first record of each stream, and `type_inference` makes a schema of values that were seen.
"""
