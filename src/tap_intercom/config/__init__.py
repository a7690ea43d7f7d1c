"""The configuration: the table of settings, their parsers, and the reading of the operator's files.

Nothing here knows Intercom's API or Singer's messages. Begin with `settings`, the table with one row for each setting.
`parsers` has the parsers of single values, `nested_parsers` those of lists and objects, `config` checks a whole
configuration and makes the `Config` of a run, `files` reads configuration, catalog, state and secrets.
"""
