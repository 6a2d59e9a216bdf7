// Passkeys: the browser is asked to make a key, or to prove one, and what it says goes back with an ordinary form.
// A form says so by data-passkey="make" or "prove"; data-ask is where the question comes from.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function make(asked) {
  const user = { ...asked.user, id: bytes(asked.user.id) };
  const excludeCredentials = listed(asked.excludeCredentials);
  return navigator.credentials.create({
    publicKey: { ...asked, user, challenge: bytes(asked.challenge), excludeCredentials },
  });
}

async function prove(asked) {
  const allowCredentials = listed(asked.allowCredentials);
  return navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials } });
}

function written(key) {
  const said = { clientDataJSON: text(key.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (key.response[name]) said[name] = text(key.response[name]);
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: said });
}

async function send(form) {
  const answer = await fetch(form.dataset.ask, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  form.elements.credential.value = written(await (form.dataset.passkey === "make" ? make(said) : prove(said)));
  form.submit();
}

for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = Boolean(window.PublicKeyCredential);
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const problem = form.querySelector("[data-problem]");
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.hidden = true;
    send(form).catch((wrong) => {
      problem.textContent = ["NotAllowedError", "AbortError"].includes(wrong.name)
        ? problem.dataset.stopped
        : wrong.name === "InvalidStateError" ? problem.dataset.there
        : wrong.name === "Error" ? wrong.message : problem.dataset.failed;
      problem.hidden = false;
    });
  });
}
