"""The face for Python: what `import osteon as ost` offers. It holds no logic; what a command does sits in `app`."""
