"""Loading into a DuckDB file, with `--load`: tables, upserts, and the state in the same transaction.

Open `writer` first: the writer that `sync` gives its records to, as it would to standard output. It hands them to
`database`, which opens the file and loads in transactions. `loading` does what is done in one transaction; `tables` has
its SQL, `columns` the types and names of columns, `exact_numbers` what keeps the digits of long numbers. `contents` is
what the operator is shown at the end.

DuckDB is an extra. It is imported in `database` alone, and only for `--load`.
"""
