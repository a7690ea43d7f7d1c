"""What the operator sees of a run: log, counters, progress, summary, reports and metrics.

Nothing here knows the rules of streams. Begin with `monitor`, to which everything is told; `counters` keeps count,
`run_report` is the form of the JSON report, `html_report` its page.
"""
