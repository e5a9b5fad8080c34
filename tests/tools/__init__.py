"""The tools room as a specification."""
