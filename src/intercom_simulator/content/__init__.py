"""What records consist of: names, texts, people, companies, conversations, tickets; all of it follows from the seed.

How collections keep records is in `store`. Begin with `people`.
"""
