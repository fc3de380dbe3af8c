"""The statutory forms and the named patterns, as data, and the rules-only labeller."""
