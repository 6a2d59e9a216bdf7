// What the reader sees of it: files come in by drop or choice, and the answer stands in words of their language.

const words = JSON.parse(document.getElementById("words").textContent);
const place = (id) => document.getElementById(id);
let language = (navigator.language ?? "zh").toLowerCase().startsWith("zh") ? "zh" : "en";
let given = null; // what was dropped or chosen last
let answer = null;

function speak() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = words[language][each.dataset.say];
  const other = language === "zh" ? ["English", "en"] : ["中文", "zh-CN"];
  [place("language").textContent, place("language").lang] = other;
  document.title = words[language].title;
  show();
}

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const filled = (text, problem) => text.replace(/%\((\w+)\)s/g, (_, name) => problem[name] ?? "");

function facts(...pairs) {
  const list = element("dl");
  for (const [name, value] of pairs) list.append(element("dt", words[language][name]), element("dd", String(value)));
  return list;
}

function show() {
  const told = words[language];
  place("answer").replaceChildren();
  if (answer === null) return;
  if (answer === "working") return place("answer").append(element("p", told.working));
  const tone = { holds: "ok", broken: "bad", unknown: "warn" }[answer.found];
  place("answer").append(element("p", told.means[answer.found], `verdict ${tone}`));
  place("answer").dataset.found = answer.found;
  place("answer").dataset.code = answer.problem?.code ?? "";
  place("answer").dataset.name = answer.problem?.name ?? "";
  if (answer.problem) showProblem(told);
  if (!answer.canSign) place("answer").append(element("p", told.no_ed25519, "warn"));
  if (answer.manifest) showManifest(told);
}

function showProblem(told) {
  const { problem } = answer;
  place("answer").append(element("h2", told.first), element("p", filled(told.wrong[problem.code], problem), "bad"));
  if (problem.expected) place("answer").append(facts(["expected", problem.expected]));
  if (problem.found) place("answer").append(facts(["there", problem.found]));
}

function showManifest(told) {
  const { manifest, counted } = answer;
  const stamp = answer.stamp ?? (manifest.timestamp && answer.found !== "broken" ? told.awaited : told.no_stamp);
  const pairs = [
    ["number", manifest.number],
    ["agency", `${manifest.agency.name} (${manifest.agency.code})`],
    ["variant", told.variants[manifest.variant] ?? manifest.variant],
    ["asked_at", manifest.asked_at.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC")],
    ["fingerprint", answer.fingerprint],
    ["files", manifest.files.length],
    ["left_out", manifest.left_out.length],
  ];
  if (counted) pairs.push(["events", counted.events], ["withheld", counted.withheld]);
  if (answer.proved !== undefined) pairs.push(["proved", `${answer.proved} / ${manifest.chains.length}`]);
  place("answer").append(facts(...pairs, ["stamp", stamp]));
  if (answer.stamp) place("answer").append(element("p", told.stamp_by, "quiet"));
  const list = element("ul");
  for (const each of manifest.files) list.append(element("li", `${each.name} · ${each.bytes} B`));
  for (const each of manifest.left_out) {
    const kinds = (each.kinds ?? []).map((kind) => told.kinds[kind] ?? kind).join(", ");
    list.append(element("li", `${kinds} · ${each.sha256} · ${told.why_left_out[each.why] ?? each.why}`, "quiet"));
  }
  place("answer").append(element("h2", told.files), list);
}

async function opened() {
  const [only] = given;
  if (given.length === 1 && !BESIDE.includes(only.name)) return unpacked(only);
  const named = given.map((file) => [file.name, { blob: file, size: file.size }]);
  return new Map(named.sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function run() {
  if (!given?.length) return place("files").focus();
  if (!globalThis.crypto?.subtle) {
    place("answer").replaceChildren(element("p", words[language].no_crypto, "verdict warn"));
    return;
  }
  answer = "working";
  show();
  const known = (place("key").value.match(NOTED) ?? []).map((each) => each.replace(/\s+/g, ""));
  answer = await check(opened, known);
  show();
}

async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((found, failed) => entry.file(found, failed))];
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!some.length) break;
    inside.push(...some.filter((each) => each.isFile));
  }
  return (await Promise.all(inside.map(filesIn))).flat();
}

async function dropped(event) {
  event.preventDefault();
  place("drop").classList.remove("over");
  const { items, files } = event.dataTransfer;
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  given = entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...files];
  await run();
}

for (const name of ["dragenter", "dragover"])
  document.addEventListener(name, (event) => {
    event.preventDefault();
    place("drop").classList.add("over");
  });
document.addEventListener("dragleave", () => place("drop").classList.remove("over"));
document.addEventListener("drop", dropped);
place("files").addEventListener("change", (event) => {
  given = [...event.target.files];
  run();
});
place("again").addEventListener("click", run);
place("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  speak();
});
speak();
