// The planner, live: whoever moves a number sees at once what comes of it. The server works it out, by the same address
// that the button asks; here only its answer is put in place. Without this script the button does the same.

const form = document.querySelector("form[data-what-if]");
const said = document.querySelector("[data-said]");
const slider = form.querySelector("[data-slider]");
const number = form.elements.namedItem("n");
const PAUSE = 250; // ms without a further move
let waiting;
let asking;

if (slider) {
  slider.hidden = false;
  slider.addEventListener("input", () => (number.value = slider.value));
  number.addEventListener("input", () => (slider.value = number.value));
}

// What is wrong with a field stands at the field, which keeps the cursor in it.
function mark(field, fresh) {
  const there = fresh.getElementById(field.id);
  if (!there) return;
  field.classList.toggle("is-invalid", there.classList.contains("is-invalid"));
  for (const name of ["aria-invalid", "aria-describedby"]) {
    const value = there.getAttribute(name);
    value === null ? field.removeAttribute(name) : field.setAttribute(name, value);
  }
  document.getElementById(`${field.id}-e`)?.remove();
  const why = fresh.getElementById(`${field.id}-e`);
  if (why) field.after(why);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const asked = new URL(form.action);
  asked.hash = "";
  asked.search = new URLSearchParams(new FormData(form));
  const answer = document.querySelector("[data-answer]");
  answer.setAttribute("aria-busy", "true");
  try {
    const came = await fetch(asked, { signal: asking.signal, headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await came.text(), "text/html");
    const found = fresh.querySelector("[data-answer]");
    if (!found) return form.requestSubmit(); // signed out, or something else that has a page of its own
    for (const field of form.elements) if (field.id) mark(field, fresh);
    if (found.dataset.summary) answer.replaceWith(found); // else the last answer stays beside what is wrong
    said.textContent = found.dataset.summary ?? [...fresh.querySelectorAll(".invalid-feedback")].map((each) => each.textContent).join(" ");
    history.replaceState(null, "", asked);
  } catch (problem) {
    if (problem.name !== "AbortError") said.textContent = ""; // no network: the button is there
    else return;
  }
  answer.removeAttribute("aria-busy");
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE);
});
