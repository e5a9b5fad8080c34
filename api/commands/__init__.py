"""The subcommands of `deskmate`, one file per group. Heavy libraries are imported where they are used."""
