"""A real Request Tracker 5 from Debian's package, on a loopback port, with its data in one folder."""
