"""Measurements that print what docs/ quotes: ``python -m benchmarks.NAME`` from the root of the checkout."""
