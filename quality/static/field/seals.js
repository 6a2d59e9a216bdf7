// What speaks against a seal's number, as quality/purchases/seals.py has it: found where the seal is in the hand.

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const FORM = /^([A-Z]{2,6})-?([0-9]{6})-?([0-9A-Z])$/;

/** As numbers are kept: upper case, narrow signs, no blanks around. */
export const asWritten = (text) => text.normalize("NFKC").trim().toUpperCase();

export const plain = (number) => asWritten(number).replaceAll("-", "");

/** ISO/IEC 7064, MOD 37-2. */
function isValid(signs) {
  let check = 0;
  for (const each of signs) check = (2 * check + SIGNS.indexOf(each)) % 37;
  return check === 1;
}

function* mended(signs) {
  for (let place = 0; place < signs.length; place++)
    for (const other of SIGNS) if (other !== signs[place]) yield signs.slice(0, place) + other + signs.slice(place + 1);
}

/** One sign from being one of ours, or ours with a sign too many or too few. */
function looksLikeOurs(number, prefix) {
  const signs = number.replaceAll("-", "");
  const whole = prefix.length + 7;
  const rest = signs.slice(prefix.length);
  if (signs.startsWith(prefix) && /^[\p{L}\p{N}]+$/u.test(rest) && Math.abs(signs.length - whole) <= 1) return true;
  if (signs.length !== whole) return false;
  for (const each of mended(signs)) if (FORM.test(each) && each.startsWith(prefix) && isValid(each)) return true;
  return false;
}

/** Of a number as it is written; `rule`: {prefix, others, last}. Null: nothing speaks against it here. */
export function doubtAbout(number, { prefix, others, last }) {
  if (!prefix) return null;
  const found = number.match(FORM);
  if (found?.[1] === prefix) {
    if (!isValid(found[1] + found[2] + found[3])) return "mistyped_seal";
    return Number(found[2]) <= last ? null : "seal_not_issued";
  }
  if (looksLikeOurs(number, prefix)) return "mistyped_seal";
  return others ? null : "seal_not_ours";
}
