"""Rules of Intercom's API that need no data: requests, responses and errors, versions, cursors, filters, access.

Begin with `responses`. `behaviours` lists the behaviours that `--switch` can change.
"""
