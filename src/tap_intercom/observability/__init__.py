"""What the operator sees of a run: log, progress, summary, report and metrics; and the counters behind them.

Nothing here knows the rules of streams, or asks Intercom anything. Begin with `monitor`, which a sync tells what
happens; `counters` keeps it. `run_report` is the form of the report, `html_report` its page, `report_file` its file.
"""
