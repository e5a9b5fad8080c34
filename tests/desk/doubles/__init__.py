"""Doubles of ticket systems on real sockets, written from the REST descriptions that their makers publish."""
