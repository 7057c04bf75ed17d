"""Reading and writing: quantities, TOML, conditions, tables, files, NONMEM event tables, SBML."""
