"""What `--discover` and `--test` ask Intercom: which streams may be read, and which fields their records have.

Begin with `discover`, which makes the catalog of a workspace. `probe` asks for the first records of each stream,
`samples` finds the fields in them that the schemas lack, `type_inference` says of what type these are, and
`workspace_attributes` adds the custom attributes. Catalog entries are written by `singer.catalog`, and the output of
`--test` by `cli`.
"""
