"use strict";
// The page is whole without this: it adds a field that narrows the packages down, and tables that sort by a click.
(() => {
  const section = document.querySelector("main > #packages");
  const field = document.querySelector("#packages #filter");
  const kinds = section ? [...section.querySelectorAll("details.kind")] : [];
  const wasOpen = kinds.map((kind) => kind.open);

  function narrow() {
    const wanted = field.value.trim().toLowerCase();
    let count = 0;
    kinds.forEach((kind, number) => {
      let here = 0;
      for (const row of kind.querySelectorAll("tbody tr")) {
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
        here += row.hidden ? 0 : 1;
      }
      kind.open = wanted ? here > 0 : wasOpen[number];
      kind.hidden = wanted !== "" && here === 0;
      count += here;
    });
    section.querySelector("#found").textContent = wanted ? `${count} found` : "";
  }

  function worth(row, column) {
    const cell = row.cells[column];
    const bytes = cell.querySelector("data");
    return bytes ? Number(bytes.value) : cell.textContent;
  }

  function sort(table, column, head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows].sort((one, other) => {
      const [a, b] = [worth(one, column), worth(other, column)];
      const order = typeof a === "number" || typeof b === "number" ? Number(a) - Number(b) : a.localeCompare(b, "en", {numeric: true});
      return down ? -order : order;
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows);
  }

  if (field) {
    section.querySelector("#finder").hidden = false;
    field.addEventListener("input", narrow);
  }
  for (const table of document.querySelectorAll("table.packages")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, column, head));
      head.append(button);
    });
  }
})();
