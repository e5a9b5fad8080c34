"""The gate with one check taken out at a time: each must make a named test fail. `make mutants` prints the table.

`mutants.toml` names each check, how it is taken out, and the test that then fails. `mutant.py` reads it, `child.py`
runs a test in a process whose modules are compiled from the altered source (no file is touched), `__main__.py` prints.
"""
