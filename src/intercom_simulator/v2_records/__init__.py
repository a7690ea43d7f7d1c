"""Records that only API 2.x has, and their random changes: workspace setup, knowledge, AI content, activity, exports.

Begin with `workspace_setup`. Contacts and conversations are in `v2_search`, tickets in `content`.
"""
