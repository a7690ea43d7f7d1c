"""The command line: options, `--about`, the table of `--test`, and what is shown on a terminal.

What a command does is elsewhere: `discovery` and `sync` do it, and this room only chooses, prints and gives the exit
code. Begin with `main`, which has one method for each thing that the command does. A new option is a line in `options`;
`inputs` reads the files that options name.
"""
