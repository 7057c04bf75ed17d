"""Statistics of trials: one method, one file, one source. Nothing here runs a simulation or reads a file."""
