"""The relations: what belongs to a record and is read with it: child streams, details, and lists that are cut off.

Open `child_streams` first: it asks for the children of each parent record. `inline_children` takes those that lie in
the parent's own record, `details` reads one record from a request of its own, and `list_completion` asks for the rest
of a list that a record holds the beginning of. `linked_records` has the records that links lead to, by their ids;
`linked_children` makes the links of them whose ids lie in the parent's record. `parts` gives the records of another
stream that are among those of the one that is read.

Which parents are read, and what may be claimed when their children are written, is in `sync`.
"""
