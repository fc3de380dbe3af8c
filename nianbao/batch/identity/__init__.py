"""Which agency wrote a report: its place in GB/T 2260 and its department."""

from nianbao.batch.identity.resolve import Identity, identify

__all__ = ["Identity", "identify"]
