"""A local server of the Guayaba contact API, for rehearsals and as the judge in tests.

Owns: everything behind the wire. Shares no code with the client side, so that a misread page of the API
cannot cancel itself out. Start it with `batch.sandbox.server.serve`.
"""
