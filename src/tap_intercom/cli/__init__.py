"""The command line: options, `--about`, `--test` and what is shown on a terminal.

What a command does is elsewhere: `discovery` and `sync` do it, and this room only chooses, prints and gives the exit
code. Begin with `main`, which is the order of a run; a new option is a line in `options`.
"""
