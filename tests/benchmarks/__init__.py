"""The benchmark gives peers the same model and tells what was measured."""
