/** The same words in several languages, as ETSI writes them: a list of objects with `lang` and `value`. */

import { isObject, type Json, memberString } from "./encoding";
import { Refusal } from "./errors";
import { shownText } from "./shown";

export type Language = "en" | "cy";

/** At least English; other languages when they are there. */
export interface Localised {
  readonly en: string;
  readonly cy?: string;
}

/** Reads `[{lang, value}]`; BCP 47 tags count by their primary language. */
export function parseLocalised(value: Json | undefined, what: string): Localised {
  if (!Array.isArray(value)) throw new Refusal("message_malformed", `${what} has no words`);
  const texts = [...new Map(value.map((entry) => readEntry(entry, what)))];
  // Of "en" and "en-GB" the first counts.
  const find = (language: Language) => texts.find(([tag]) => primaryLanguage(tag) === language)?.[1];
  const cy = find("cy");
  const en = find("en") ?? cy ?? texts[0]?.[1];
  if (en === undefined) throw new Refusal("message_malformed", `${what} has no words`);
  return cy === undefined ? { en } : { en, cy };
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
  return [memberString(entry, "lang", 35), memberString(entry, "value")];
}

/** "cy-GB" counts as "cy". */
export function primaryLanguage(tag: string): string {
  return (tag.split("-")[0] ?? "").toLowerCase();
}

/** The words to show, whoever wrote them. */
export function inLanguage(words: Localised, language: Language): string {
  return shownText(words[language] ?? words.en);
}

/** One entry of a `display` array: a text for one locale. */
export interface Display {
  readonly locale: string;
  readonly text: string;
  readonly description: string | undefined;
}

/** Reads a `display` array whose entries have a locale and the text `member` (SD-JWT VC draft 13 §8, §9.2). */
export function parseDisplays(value: Json | undefined, member: "name" | "label"): Display[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Refusal("message_malformed", "display is no list");
  const displays = value.map((entry) => readDisplay(entry, member));
  // §8: one object for each locale
  if (new Set(displays.map((one) => one.locale.toLowerCase())).size !== displays.length)
    throw new Refusal("message_malformed", "display has one locale twice");
  return displays;
}

function readDisplay(entry: Json, member: "name" | "label"): Display {
  const holder = isObject(entry) ? entry : {};
  const { locale, description } = holder;
  const text = holder[member];
  if (typeof locale !== "string" || typeof text !== "string")
    throw new Refusal("message_malformed", "display has an entry without locale or text");
  if (description !== undefined && typeof description !== "string")
    throw new Refusal("message_malformed", "a description is no text");
  return { locale, text, description };
}

/** RFC 4647 lookup: the very locale, else one of the same language. */
export function displayIn(displays: readonly Display[], language: Language): Display | undefined {
  return (
    displays.find((one) => one.locale.toLowerCase() === language) ??
    displays.find((one) => primaryLanguage(one.locale) === language)
  );
}

/** A text of the displays in both languages; `fallback` where there is none, or an empty one. */
export function wordsOf(
  displays: readonly Display[],
  read: (display: Display) => string | undefined,
  fallback: string,
): Localised {
  const inEnglish = displayIn(displays, "en") ?? displays[0];
  const inWelsh = displayIn(displays, "cy");
  const en = (inEnglish && read(inEnglish)) || fallback;
  const cy = inWelsh && read(inWelsh);
  return cy ? { en, cy } : { en };
}
