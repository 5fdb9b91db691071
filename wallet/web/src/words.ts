/** The app's own words in English and Welsh, and dates and numbers in each. */

import type { RefusalCode } from "./protocol/errors";
import type { Fact } from "./protocol/facts";
import type { Language } from "./protocol/localised";
import { shownText } from "./protocol/shown";
import { cy } from "./words/cy";
import { en } from "./words/en";

export type Words = typeof en;

/** One refusal in plain words: which rule was broken, and what to do. */
export interface RefusalWords {
  readonly title: string;
  readonly text: string;
  readonly advice: string;
}

export type RefusalTable = Readonly<Record<RefusalCode, RefusalWords>>;

const LANGUAGE_KEY = "language";
const TABLES: Record<Language, Words> = { en, cy };

export function wordsIn(language: Language): Words {
  return TABLES[language];
}

/** The language chosen before, else the browser's, else English. */
export function preferredLanguage(): Language {
  const chosen = readChosen();
  if (chosen === "en" || chosen === "cy") return chosen;
  return navigator.language.toLowerCase().startsWith("cy") ? "cy" : "en";
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // a browser that keeps nothing speaks the language until the page closes
  }
}

function readChosen(): string | null {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    return null; // storage is denied: the page must still say so in words
  }
}

const MONTHS_CY = [
  "Ionawr",
  "Chwefror",
  "Mawrth",
  "Ebrill",
  "Mai",
  "Mehefin",
  "Gorffennaf",
  "Awst",
  "Medi",
  "Hydref",
  "Tachwedd",
  "Rhagfyr",
];

/** "21 February 2027". Welsh months stand here because many phones carry no Welsh calendar. */
export function formatDate(seconds: number, language: Language): string {
  const date = new Date(seconds * 1000);
  if (language === "cy") return `${date.getDate()} ${MONTHS_CY[date.getMonth()]} ${date.getFullYear()}`;
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}

/** The last day on which something holds that ends at `seconds`. */
export function formatLastDay(seconds: number, language: Language): string {
  return formatDate(seconds - 1, language);
}

/** With the time of day, for the history. */
export function formatMoment(seconds: number, language: Language): string {
  return `${formatDate(seconds, language)}, ${formatTime(seconds)}`;
}

/** "16:40" */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** A fact as people write it: ISO dates become dates; yes, no and nothing words. */
export function formatFact(value: Fact, language: Language): string {
  if (value === null) return wordsIn(language).none;
  if (typeof value === "boolean") return value ? wordsIn(language).yes : wordsIn(language).no;
  const iso = typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);
  return iso ? formatDate(Date.parse(`${value}T12:00:00`) / 1000, language) : shownText(String(value));
}
