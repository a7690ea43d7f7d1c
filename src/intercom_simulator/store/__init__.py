"""Where records are kept: collections in the order of their updates, the simulated clock, and seeded randomness.

Begin with `collection`.
"""
