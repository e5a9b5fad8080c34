"""The doors: REST, event streams, the web page and the command line.

Public names: :func:`api.app.create_app` (the HTTP service around an open agent service) and
:func:`api.cli.main` (the ``deskmate`` command). A caller is turned into a ``Principal`` here and nowhere else.
This room must not know how a model is called, what a prompt says or how a ticket is stored.
"""
