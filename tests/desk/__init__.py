"""The ticket desk and the systems beside it, as a specification."""
