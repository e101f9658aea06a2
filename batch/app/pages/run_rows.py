"""The rows of a run that were not done, one class of them a page, to be corrected in place."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

from batch.api.review import Correction, names_one_contact, row_digest
from batch.api.watch import RunRow, RunView, run_equal_cells, run_rows
from batch.app.pages.paging import PER_PAGE, Pages
from batch.app.pages.run import can_rerun, get_view
from batch.app.request import Request
from batch.codes import FAULTY_ROLE


def _column(view: RunView, code: str) -> tuple[int, str]:
    """The place and the header of the column that is at fault in rows of `code`; -1 where none is."""
    role = FAULTY_ROLE.get(code, "")
    header = view.plan.source.roles.get(role, "")
    first = header if header in view.plan.source.header else header.split(",")[0]
    return (view.plan.source.header.index(first), first) if first in view.plan.source.header else (-1, "")


def show_problems(request: Request) -> Response:
    """One class of rows that were not done, to be corrected in place."""
    view, code = get_view(request), request.path["code"]
    count = view.codes.get(code, 0)
    if not count:
        return request.go(f"/runs/{quote(view.folder.name)}")
    pages = Pages.of(request, count)
    place, column = _column(view, code)
    equal = run_equal_cells(view.folder, code, place) if place >= 0 else {}
    done = request.context.corrections.read(request.context.run_corrections(view.folder.name))
    rows = [_Editable(row, column, place, equal, done) for row in run_rows(view.folder, code, pages.offset, PER_PAGE)]
    codes = [each for each in view.codes if each in FAULTY_ROLE]
    after = codes[codes.index(code) + 1 :] if code in codes else []
    home = f"/runs/{quote(view.folder.name)}"
    return request.page(
        "problems.html.j2",
        title=Path(view.plan.source.path).name,
        home=home,
        code=code,
        kind=view.plan.kind,
        rows=rows,
        count=count,
        pages=pages,
        editable=place >= 0 and can_rerun(view),
        for_all=lambda row: row.equal > 1,
        all_checked=lambda row: names_one_contact(row.code, row.cell),
        skip=f"{home}/problems/{after[0]}" if after else home,
        saved=request.query.get("saved", ""),
        classes=[(each, view.codes[each]) for each in codes],
        classes_at=f"{home}/problems",
    )


class _Editable:
    """A row of a run with its cell as it was corrected last, for the form of corrections."""

    def __init__(
        self, row: RunRow, column: str, place: int, equal: dict[str, int], done: tuple[Correction, ...]
    ) -> None:
        self.number, self.code, self.message, self.phone = row.number, row.code, row.message, row.phone or ""
        self.repair, self.column = row.repair, column
        self.original = (row.cells[place] or "") if 0 <= place < len(row.cells) else ""
        self.digest = row_digest(row.cells)
        self.who = " ".join([cell[:40] for at, cell in enumerate(row.cells) if cell and at != place][:2])
        self.equal = equal.get(self.original, 1) if self.original else 1
        known = {(each.cell, each.row): each.corrected for each in done if each.column == column}
        self.cell = known.get((self.original, self.digest), known.get((self.original, ""), self.original))


def save_problems(request: Request) -> Response:
    """Keep the corrections of a page of rows that were not done."""
    view, code = get_view(request), request.path["code"]
    home = f"/runs/{quote(view.folder.name)}"
    pages = Pages.of(request, view.codes.get(code, 0))
    place, column = _column(view, code)
    files, path = request.context.corrections, request.context.run_corrections(view.folder.name)
    equal, done = run_equal_cells(view.folder, code, place) if place >= 0 else {}, files.read(path)
    made: list[Correction] = []
    for found in run_rows(view.folder, code, pages.offset, PER_PAGE) if place >= 0 else []:
        row = _Editable(found, column, place, equal, done)
        given = request.form.get(f"cell-{row.number}")
        if isinstance(given, str) and given.strip() != row.cell.strip():
            everywhere = names_one_contact(code, row.original)
            every = everywhere and (row.equal == 1 or request.text(f"every-{row.number}") == "on")
            made.append(Correction(column, row.original, given.strip(), "" if every else row.digest))
    if made:
        files.replace(path, made)
        files.add(request.context.saved_corrections(), made)
    codes = [each for each in view.codes if each in FAULTY_ROLE]
    after = codes[codes.index(code) + 1 :] if code in codes else []
    if pages.number < pages.last:
        return request.go(f"{home}/problems/{code}?page={pages.number + 1}&saved={len(made)}")
    return request.go(f"{home}/problems/{after[0]}?saved={len(made)}" if after else f"{home}#next")
