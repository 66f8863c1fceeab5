"""The validation book: published rows about cascades and retention beside what the model shows, misses too."""
