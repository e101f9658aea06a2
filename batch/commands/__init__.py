"""The commands, a file for each family: options in, exit code out. `cli.py` names them all.

Heavy imports stand inside the commands: `--help` must be fast. What goes wrong is raised, and told by `cli.py`.
"""
