"""The configuration: the table of settings, their parsers, and the reading of the operator's files.

Nothing here knows Intercom's API or Singer's messages. Begin with `settings`, the table with one row for each setting;
`config` checks a file against it, `parsers` says what may stand in a setting, `files` reads files.
"""
