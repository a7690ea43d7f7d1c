"""Records that only API 2.x has: knowledge, AI content, activity, data attributes, and their changes.

Begin with `workspace_setup`. Contacts and conversations are in `v2_search`, tickets in `content`.
"""
