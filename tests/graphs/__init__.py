"""Tests of graphs/, file by file."""
