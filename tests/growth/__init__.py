"""Tests of growth/, file by file."""
