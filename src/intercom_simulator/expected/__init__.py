"""What a complete sync should have found: counts and records, for tests to compare with.

Begin with `v1`; `v2` and `v2_children` are for API 2.x.
"""
