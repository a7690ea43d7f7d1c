"""The simulated workspace and its changes: the world, random and manual changes, export jobs.

What single records consist of is in `content`. Begin with `world`.
"""
