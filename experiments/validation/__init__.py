"""The home of evidence: each module measures one thing and returns rows of target beside measured."""
