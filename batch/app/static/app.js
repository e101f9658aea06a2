"use strict";
// Without this script every form and link works. It moves what moves by itself, and saves a click.
(() => {
  // Figures that change while a run goes: the server sends the finished part of the page.
  const live = document.querySelector("[data-events]");
  const lost = document.querySelector(".lost");
  if (live && window.EventSource) {
    const source = new EventSource(live.dataset.events);
    source.onmessage = (event) => {
      lost.hidden = true;
      const news = JSON.parse(event.data);
      if (news.state !== live.dataset.state) { source.close(); location.reload(); return; }
      if (news.html) live.innerHTML = news.html;
      else if (news.text && "text" in live.dataset) live.textContent = news.text;
    };
    let failed = 0;
    source.onopen = () => { if (failed) { source.close(); location.reload(); } };
    source.onerror = () => {
      failed += 1;
      lost.hidden = false;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 2000);
    };
    addEventListener("pagehide", () => source.close());
  }

  // A file that is dropped anywhere on the page, or chosen, is looked at.
  const drop = document.querySelector("[data-drop]");
  if (drop) {
    const field = drop.querySelector("input[type=file]");
    const here = drop.querySelector(".drop-here");
    here.hidden = false;
    for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
    addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; drop.requestSubmit(); }
    });
  }

  // The button carries the count of corrections; equal cells change together.
  const corrections = document.querySelector("[data-corrections]");
  const save = corrections && corrections.querySelector("[data-count]");
  if (save) {
    const fields = Array.from(corrections.querySelectorAll("[data-was]"));
    const plain = save.textContent;
    const count = () => {
      const changed = fields.filter((field) => field.value.trim() !== field.dataset.was.trim()).length;
      save.textContent = changed ? (changed === 1 ? save.dataset.one : save.dataset.count.replace("{count}", changed)) : plain;
    };
    corrections.addEventListener("input", (event) => {
      const field = event.target;
      if ("was" in field.dataset && field.dataset.was && Number(field.dataset.equal) > 1) {
        const every = corrections.elements[field.name.replace("cell-", "every-")];
        if (every && every.checked) for (const other of fields) if (other.dataset.was === field.dataset.was) other.value = field.value;
      }
      count();
    });
    count();
  }

  // The status and the campaign are asked for only where the operation has them.
  const choice = document.querySelectorAll("[name=operation]");
  const more = document.querySelector("[data-for]");
  if (choice.length && more) {
    const show = () => {
      const chosen = document.querySelector("[name=operation]:checked");
      more.hidden = !chosen || !more.dataset.for.split(" ").includes(chosen.value);
    };
    choice.forEach((each) => each.addEventListener("change", show));
    show();
  }

  // Countries by their names, in the language of the page.
  if (window.Intl && Intl.DisplayNames) {
    const names = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
    for (const list of document.querySelectorAll("[data-regions]")) {
      const options = Array.from(list.options).filter((option) => option.value);
      for (const option of options) option.textContent = `${names.of(option.value)} (${option.value})`;
      options.sort((one, other) => one.textContent.localeCompare(other.textContent, document.documentElement.lang));
      list.append(...options);
    }
  }

  // What is wrong is read first.
  const problem = document.getElementById("problem");
  if (problem) problem.focus();

  // One click sends one form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }));
})();
