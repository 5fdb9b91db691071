/** One bounded, canonical decoder per format: base64url (RFC 7515 §2), base64 (RFC 4648 §4), JSON (RFC 8259). */

import { Refusal } from "./errors";

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
export type JsonObject = { [member: string]: Json };
export type Bytes = Uint8Array<ArrayBuffer>;

const MAX_DEPTH = 24;
/** A sign counts; longer whole numbers are read differently by different readers. */
const MAX_DIGITS = 20;
const MAX_JSON = 1_000_000;
/** Texts that people read, identifiers, addresses. */
const MAX_STRING = 4096;
const MAX_LIST = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function malformed(what: string, cause?: unknown): Refusal {
  return new Refusal("message_malformed", what, { cause });
}

export function utf8Encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

export function utf8Decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed("not UTF-8", cause);
  }
}

export function base64Encode(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export function base64urlEncode(bytes: Uint8Array): string {
  return base64Encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Decodes padded base64 as x5c carries it (RFC 7515 §4.1.6); refuses other alphabets and loose endings. */
export function base64Decode(text: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw malformed("not base64");
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  // RFC 4648 §3.5: the unused bits of the last character must be zero, or two texts mean one value.
  if (base64Encode(bytes) !== text) throw malformed("base64 is not canonical");
  return bytes;
}

/** Decodes base64url without padding (RFC 7515 §2). */
export function base64urlDecode(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw malformed("not base64url");
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return base64Decode(padded);
}

/** Parses JSON; refuses duplicate members, lone surrogates, numbers without bounds, deep nesting, oversized text. */
export function parseJson(text: string): Json {
  if (text.length > MAX_JSON) throw malformed("JSON is too large");
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw malformed("not JSON", cause);
  }
  checkMembersAndDepth(text);
  return value;
}

// RFC 8259 §4: with duplicate members readers disagree on the meaning, so none is right.
function checkMembersAndDepth(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (const [token, colon] of tokens(text)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (colon) addMember(open.at(-1), token);
    else if (token[0] !== '"') checkNumber(token);
    else checkSurrogates(token);
    if (open.length > MAX_DEPTH) throw malformed("JSON is nested too deeply");
  }
}

function* tokens(text: string): Generator<[string, boolean]> {
  for (const match of text.matchAll(/("(?:[^"\\]+|\\.)*")(\s*:)?|[{}[\]]|-?\d[\d.eE+-]*/g))
    yield [match[0][0] === '"' ? (match[1] as string) : match[0], match[2] !== undefined];
}

function addMember(members: Set<string> | null | undefined, token: string): void {
  const name = checkSurrogates(token);
  if (members?.has(name)) throw malformed("JSON has a duplicate member");
  members?.add(name);
}

function checkNumber(token: string): void {
  const whole = /^-?\d+$/.test(token);
  if (!Number.isFinite(Number(token)) || (whole && token.length > MAX_DIGITS))
    throw malformed("JSON has a number without bounds");
}

function checkSurrogates(token: string): string {
  const text = JSON.parse(token) as string;
  if (/\p{Surrogate}/u.test(text)) throw malformed("JSON has a lone surrogate");
  return text;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw malformed("not a JSON object");
  return value;
}

// --- typed members; the name of a member may be told, its value never ---

export function memberString(object: JsonObject, name: string, limit = MAX_STRING): string {
  const value = object[name];
  if (typeof value !== "string" || value === "") throw malformed(`${name} is not a text`);
  if (value.length > limit) throw malformed(`${name} is too long`);
  return value;
}

export function optionalString(object: JsonObject, name: string): string | undefined {
  return object[name] === undefined ? undefined : memberString(object, name);
}

export function memberNumber(object: JsonObject, name: string): number {
  const value = object[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw malformed(`${name} is not a number`);
  return value;
}

export function optionalNumber(object: JsonObject, name: string): number | undefined {
  return object[name] === undefined ? undefined : memberNumber(object, name);
}

/** A whole number from `low`, exact in every reader. */
export function memberInteger(object: JsonObject, name: string, low = 0): number {
  const value = object[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < low)
    throw malformed(`${name} is not a whole number in its range`);
  return value;
}

export function optionalInteger(object: JsonObject, name: string): number | undefined {
  return object[name] === undefined ? undefined : memberInteger(object, name);
}

export function memberObject(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (!isObject(value)) throw malformed(`${name} is not an object`);
  return value;
}

export function memberArray(object: JsonObject, name: string): Json[] {
  const value = object[name];
  if (!Array.isArray(value)) throw malformed(`${name} is not a list`);
  return value;
}

export function memberObjects(object: JsonObject, name: string): JsonObject[] {
  const list = memberArray(object, name);
  if (!list.every(isObject)) throw malformed(`${name} is not a list of objects`);
  return list;
}

/** A list, not empty, of texts, none empty. */
export function memberStrings(object: JsonObject, name: string, limit = MAX_LIST): string[] {
  const list = memberArray(object, name);
  if (list.length > limit) throw malformed(`${name} is too long`);
  const texts = list.filter((one): one is string => typeof one === "string" && one !== "");
  if (texts.length === 0 || texts.length !== list.length) throw malformed(`${name} is not a list of texts`);
  return texts;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
