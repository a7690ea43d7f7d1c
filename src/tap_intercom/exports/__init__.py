"""Intercom's export jobs: ordering one, polling it, and reading its CSV file.

Which streams are exports is in `streams`, and what becomes of the rows in `sync`. Begin with `job`, which holds the
requests and the states of a job; `polling` waits for one, `csv_rows` reads the file.
"""
