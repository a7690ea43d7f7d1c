"""Intercom's rules without any data: answers and errors, versions, cursors, filters, access.

Begin with `responses`. `behaviours` is the table of switches that change how the simulator answers.
"""
