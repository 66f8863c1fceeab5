"""Questions asked of the engine: scenarios, runs, comparisons, reports and the command line."""
