"""Long work: archives in, a dataset out, whatever is killed in between.

A job is a folder.  The endpoints put it there, whole, by one rename; a queue (huey) carries its number
to the consumer; the consumer lets a process of its own build the dataset, which goes on from its
journal where it was killed.  The queue may lose everything: what the folders say is what counts, and
what they say is not done is queued again.
"""
