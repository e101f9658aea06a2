"""The columns of a job: a saved job sends what it sent when it was saved.

Owns: what happens where another export has more columns that mean something, or lacks one. More: they are left and
named. Fewer: the file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batch.errors import InputRefused
from batch.loader import LoadedSource, ReadOptions
from batch.loader.cells.regions import fold
from batch.text.language import tr


def keep_columns(loaded: LoadedSource, options: ReadOptions) -> tuple[LoadedSource, ReadOptions, tuple[str, ...]]:
    """`loaded` read by the columns of the job alone, the options for it, and what the user should know.

    Each role that the job did not have is mapped to no column, as `--map ROLE=` does. Raises InputRefused where a
    column of the job is not in the source.
    """
    columns = options.columns
    if columns is None:
        return loaded, options, ()
    options = replace(options, columns=None)
    left: dict[str, str] = {}
    while more := {role: header for role, header in loaded.facts.roles.items() if role not in columns}:
        left |= more
        options = replace(options, mapping={**options.mapping, **dict.fromkeys(more, "")})
        loaded = loaded.read_again(options)
    _require_columns(loaded, columns)
    if not left:
        return loaded, options, ()
    named = ", ".join(f"{header} ({role})" for role, header in left.items())
    notice = tr(
        "columns that the job did not have are not sent: {named}. To send them too, give the command "
        "itself and save a new job.",
        named=named,
    )
    return loaded, options, (notice,)


def _require_columns(loaded: LoadedSource, columns: Mapping[str, str]) -> None:
    found = loaded.facts.roles
    other = tuple(
        tr(
            "{role}: the job has {header!r}, the file has {role_2!r}",
            role=role,
            header=header,
            role_2=found.get(role, tr("no such column")),
        )
        for role, header in columns.items()
        if fold(found.get(role, "")) != fold(header)
    )
    if other:
        raise InputRefused(
            tr(
                "{path} does not have the columns that the job was saved with. Nothing was sent.",
                path=loaded.facts.path,
            ),
            problems=other,
            tip=tr("Rename the column in the file, or give the command itself with --map and save a new job."),
        )
