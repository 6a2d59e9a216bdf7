// The entry grid by keyboard: what was copied in a spreadsheet fills rows and columns from the cell it is pasted into,
// and Enter and the arrows go from cell to cell as they do there. Without this script it is a form of plain fields.

const form = document.querySelector("form[data-grid]");
const said = form.querySelector("[data-pasted]");
const rows = [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-column]")]);
const columns = [...form.querySelectorAll("thead [data-column]")].map((head) => head.dataset.column);
const cell = (row, column) => rows[row]?.find((each) => each.dataset.column === columns[column]);
const place = (field) => [rows.findIndex((row) => row.includes(field)), columns.indexOf(field.dataset.column)];

// Tabs and line ends part cells; a cell that holds one of them stands in quotes, where "" is a quote.
function table(text) {
  const found = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    const row = found.at(-1);
    if (quoted && sign === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at];
    else if (quoted) sign === '"' ? (quoted = false) : (row[row.length - 1] += sign);
    else if (sign === '"' && row.at(-1) === "") quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n") found.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  if (found.length > 1 && found.at(-1).join("") === "") found.pop(); // a spreadsheet ends with a line end
  return found;
}

form.addEventListener("paste", (event) => {
  const field = event.target.closest("[data-column]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!field || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return; // one value: the browser pastes it itself
  event.preventDefault();
  const [row, column] = place(field);
  let filled = 0;
  let left = 0;
  table(text).forEach((cells, down) =>
    cells.forEach((value, right) => {
      const there = cell(row + down, column + right);
      if (there) {
        there.value = value.trim();
        there.dispatchEvent(new Event("input", { bubbles: true }));
        filled++;
      } else if (value.trim()) left++;
    }),
  );
  said.textContent = said.dataset.pasted.replace("{filled}", filled) + (left ? " " + said.dataset.left.replace("{left}", left) : "");
  said.hidden = false;
});

function go(field, down, right) {
  let [row, column] = place(field);
  do [row, column] = [row + down, column + right];
  while (row >= 0 && row < rows.length && column >= 0 && column < columns.length && !cell(row, column)); // not for this item
  const there = cell(row, column);
  if (!there) return false;
  there.focus();
  there.select();
  return true;
}

form.addEventListener("keydown", (event) => {
  const field = event.target.closest("[data-column]");
  if (!field || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const { selectionStart: from, selectionEnd: to, value } = field;
  const whole = from === 0 && to === value.length; // as it is when one comes by key: an arrow goes on
  const moves = {
    Enter: () => go(field, event.shiftKey ? -1 : 1, 0) || event.shiftKey || form.querySelector("#report_no").focus() || true,
    ArrowUp: () => !event.shiftKey && (field.tagName === "INPUT" || whole || to === 0) && go(field, -1, 0),
    ArrowDown: () => !event.shiftKey && (field.tagName === "INPUT" || whole || from === value.length) && go(field, 1, 0),
    ArrowLeft: () => !event.shiftKey && (whole || to === 0) && go(field, 0, -1),
    ArrowRight: () => !event.shiftKey && (whole || from === value.length) && go(field, 0, 1),
  };
  if (moves[event.key]?.()) event.preventDefault();
});
