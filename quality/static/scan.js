// Numbers that are read off: by a hand scanner, by the camera, or out of a picture that the server reads.
// A field says so by data-scan. Its tools stand in the [data-tools] behind it, and work without this script too.

const usable = (each) =>
  each.tagName !== "BUTTON" && each.type !== "hidden" && each.type !== "file" && !each.disabled && each.offsetParent;

function next(field) {
  const fields = [...field.form.elements].filter(usable);
  return fields[fields.indexOf(field) + 1];
}

function filled(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  (next(field) ?? field).focus();
}

// A hand scanner types the number and Enter: the next field has the word then, and nothing is sent.
for (const field of document.querySelectorAll("input[data-scan]"))
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    next(field)?.focus();
  });

// A picture that was chosen is read at once.
for (const picture of document.querySelectorAll("input[data-picture]"))
  picture.addEventListener("change", () => {
    if (picture.files.length) readPicture(picture);
  });

/** By this browser where it can, which needs no network and sends no picture; else by the server. */
async function readPicture(picture) {
  const tools = picture.closest("[data-tools]");
  const codes = "BarcodeDetector" in window ? await codesIn(picture.files[0]) : [];
  if (codes.length !== 1) return picture.form.requestSubmit(tools.querySelector("button[name=read]"));
  picture.value = "";
  filled(picture.form.elements[tools.dataset.tools], codes[0].rawValue);
}

const codesIn = async (file) => new BarcodeDetector().detect(await createImageBitmap(file)).catch(() => []);

async function look(field, dialog) {
  const video = dialog.querySelector("video");
  const detector = new BarcodeDetector();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    field.closest("form").querySelector(`[data-tools="${field.name}"]`).open = true; // no camera: a picture, then
    return;
  }
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  dialog.addEventListener("close", stop, { once: true });
  video.srcObject = stream;
  dialog.showModal();
  await video.play();
  while (dialog.open) {
    const [code] = await detector.detect(video).catch(() => []);
    if (code) {
      dialog.close();
      filled(field, code.rawValue);
      return;
    }
    await new Promise((again) => setTimeout(again, 150));
  }
}

if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
  const dialog = document.querySelector("dialog[data-camera]");
  dialog.querySelector("button").addEventListener("click", () => dialog.close());
  for (const button of document.querySelectorAll("button[data-camera-for]")) {
    button.hidden = false;
    const field = document.getElementById(button.dataset.cameraFor);
    button.addEventListener("click", () => look(field, dialog));
  }
}
