/** The same words in several languages, as ETSI writes them: a list of objects with `lang` and `value`. */

import { isObject, type Json, type JsonObject, memberString } from "./encoding";
import { Refusal } from "./errors";

export type Language = "en" | "cy";

/** At least English; other languages when they are there. */
export interface Localised {
  readonly en: string;
  readonly cy?: string;
}

/** Reads `[{lang, value}]`; BCP 47 tags count by their primary language. */
export function parseLocalised(value: Json | undefined, what: string): Localised {
  if (!Array.isArray(value)) throw new Refusal("message_malformed", `${what} has no words`);
  const words = Object.fromEntries(value.map((entry) => readEntry(entry, what)));
  const en = words.en ?? Object.values(words)[0];
  if (en === undefined) throw new Refusal("message_malformed", `${what} has no words`);
  return words.cy === undefined ? { en } : { en, cy: words.cy };
}

/** The same where English must be there (ETSI TS 119 602 clause 6.1.4). */
export function parseWithEnglish(value: Json | undefined, what: string): Localised {
  const words = parseLocalised(value, what);
  const entries = Array.isArray(value) ? value.filter(isObject) : [];
  if (!entries.some((one) => one.lang === "en"))
    throw new Refusal("message_malformed", `${what} is missing in English`);
  return words;
}

function readEntry(entry: Json, what: string): [string, string] {
  if (!isObject(entry)) throw new Refusal("message_malformed", `${what} has an entry that is no object`);
  return [primaryLanguage(memberString(entry, "lang")), memberString(entry, "value")];
}

/** "cy-GB" counts as "cy". */
export function primaryLanguage(tag: string): string {
  return (tag.split("-")[0] ?? "").toLowerCase();
}

export function inLanguage(words: Localised, language: Language): string {
  return words[language] ?? words.en;
}

/** Reads a `display` array whose entries carry `locale` and `name` (OpenID4VCI 1.0 §12.2.4, SD-JWT VC §8). */
export function parseDisplay(value: Json | undefined, fallback: string, member = "name"): Localised {
  if (!Array.isArray(value)) return { en: fallback };
  const named = value.filter(
    (entry): entry is JsonObject => isObject(entry) && typeof entry[member] === "string",
  );
  const words = Object.fromEntries(named.map((entry) => [localeOf(entry), entry[member] as string]));
  const en = words.en ?? Object.values(words)[0] ?? fallback;
  return words.cy === undefined ? { en } : { en, cy: words.cy };
}

function localeOf(entry: JsonObject): string {
  const tag = entry.locale ?? entry.lang;
  return typeof tag === "string" ? primaryLanguage(tag) : "en";
}
