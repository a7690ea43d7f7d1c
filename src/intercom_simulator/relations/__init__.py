"""Links between records, and changes of them that move no time: Intercom does not date its relations.

Begin with `table`, which says how each kind of link is read and written; `random_changes` makes many at once.
"""
