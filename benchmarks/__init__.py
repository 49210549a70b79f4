"""Measurements that anybody can repeat with `python -m benchmarks`."""
