"""Makes annual reports with exact spans: content (what a report says) and layout (how a page mangles it)."""
