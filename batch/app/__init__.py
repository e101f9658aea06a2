"""The local web page: the whole job in a browser, on this machine alone (extra `[app]`).

Owns: pages, forms and the background work behind them. Every rule is the Python API's: nothing here reads a file, a
phone or a journal by itself.
Flow: `server` -> `guard` (who may ask) -> `routes` -> `pages/` -> `batch.api`; `tasks` runs what takes longer than a
page.
"""
