"""The exceptions of the library.

    NianbaoError
    ├── UnreadableInput      the bytes are no text, HTML or PDF that can be read
    │   ├── NeedsOcr         a scan or a picture: no text layer
    │   └── InputTooLarge    over a documented bound
    ├── InputNotFound        an input that was named is not there
    └── BundleError          the model bundle is damaged or does not fit this library

Each message is Chinese, for the person whose file it is, and names what was wrong and where;
`code` is stable.
"""

from __future__ import annotations


class NianbaoError(Exception):
    """Base of all errors that the library raises on purpose."""

    code = "error"


class UnreadableInput(NianbaoError):
    """The input cannot be read as a document."""

    code = "unreadable_input"


class NeedsOcr(UnreadableInput):
    """The input holds pictures of text only."""

    code = "needs_ocr"


class InputTooLarge(UnreadableInput):
    """The input is larger than a documented bound."""

    code = "input_too_large"


class InputNotFound(NianbaoError):
    """An input that was named does not exist, or its storage cannot be reached."""

    code = "input_not_found"


class BundleError(NianbaoError):
    """The model bundle is missing, damaged or made for another label set."""

    code = "bundle_error"
