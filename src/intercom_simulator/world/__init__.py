"""A workspace and what happens to it while it is read: the world, changes, export jobs.

What single records are made of is in `content`. Begin with `world`.
"""
