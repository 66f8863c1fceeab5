"""Tests of experiments/, file by file."""
