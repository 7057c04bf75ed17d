"""Published evidence replayed: trials, fractures, safety, registers, experiments, reference forecasts."""
