"""What went wrong in a trial, counted for every agent alike and whatever its case checks: writes that nobody expected,
identifiers made up, sentences that stand on nothing. Pure functions of a case and a trial."""
