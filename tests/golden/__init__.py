"""The golden run: a small scenario and a few of its numbers, which may change only in an announced change."""
