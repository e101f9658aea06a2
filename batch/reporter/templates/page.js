"use strict";
// Without this script every row is shown. With it: a page of rows at a time, and a search over all of them.
(() => {
  const table = document.querySelector(".failures");
  if (!table) return;
  const PAGE = 200;
  const rows = Array.from(table.tBodies[0].rows);
  const search = document.querySelector(".search");
  const field = search.querySelector("input");
  const count = search.querySelector("output");
  const more = document.querySelector(".more");
  const texts = rows.map((row) => Array.from(row.cells, (cell) => cell.textContent).join(" ").toLocaleLowerCase());
  let shown = PAGE;
  const show = () => {
    const wanted = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, place) => {
      const fits = wanted.every((word) => texts[place].includes(word));
      row.hidden = !fits || found >= shown;
      if (fits) found += 1;
    });
    const number = (value) => value.toLocaleString("en");
    const text = found > shown ? count.dataset.part : found === 1 ? count.dataset.one : count.dataset.all;
    count.value = text.replace("SHOWN", number(shown)).replace("FOUND", number(found));
    more.hidden = found <= shown;
  };
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { shown = PAGE; show(); }, 80);
  });
  more.querySelector("button").addEventListener("click", () => { shown += 5 * PAGE; show(); });
  search.hidden = false;
  show();
})();
