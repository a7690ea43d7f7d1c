"""What records consist of: names, texts, people, companies, conversations, tickets; all from a seed.

How collections are kept is in `store`. Begin with `people`.
"""
