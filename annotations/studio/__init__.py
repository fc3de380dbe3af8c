"""Label Studio: its configuration, tasks out, annotations in.  See `python -m annotations.studio`."""
