"""The validation book: every published row about cascades and retention beside what the model shows, misses included."""
