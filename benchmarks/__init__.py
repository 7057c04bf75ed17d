"""Is it fast? Patients per second at a stated accuracy, the peers beside us in the same run."""
