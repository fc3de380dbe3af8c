"""A model backend that speaks Label Studio's protocol, as Label Studio 1.23.2 calls it.

Label Studio asks `GET health`, then `POST setup` for whether the project fits, `POST predict` for the
regions of tasks, and tells by `POST webhook` what people do, a wish for a training among it.  The bodies
bring more than is needed: a token of the project's owner, logins, whole annotations.  What is not read
here is dropped with the body, and neither logged nor kept.  No address in a body is ever asked.
"""
