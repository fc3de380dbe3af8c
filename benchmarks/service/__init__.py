"""The service under load, on loopback: `python -m benchmarks.service`."""
