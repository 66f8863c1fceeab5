"""Tests: a mirror of the source, the rules of the house, and the docs as they run."""
