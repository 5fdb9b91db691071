/**
 * SD-JWT (RFC 9901) on the holder's side: process every disclosure (§7.1), choose which to show (§7.2), bind (§4.3).
 *
 * Strict as §7.1 asks: a digest that stands twice, a disclosure that matches no digest, a claim name that is
 * already there and a disclosure named `_sd` or `...` each refuse the whole token.
 */

import { type HolderKey, sha256, signJwt } from "../keys";
import {
  base64urlDecode,
  base64urlEncode,
  isObject,
  type Json,
  type JsonObject,
  parseJson,
  utf8Decode,
  utf8Encode,
} from "./encoding";
import { Refusal } from "./errors";

/** A place in the processed claims: member names and array positions. */
export type Path = readonly (string | number)[];

/** A disclosure that was found under its digest. */
export interface Disclosure {
  readonly encoded: string;
  /** Where its value stands. */
  readonly path: Path;
}

export interface SdJwt {
  /** The issuer-signed JWT. */
  readonly jwt: string;
  readonly disclosures: readonly string[];
}

/** An SD-JWT with every disclosure put in its place; the signature is the caller's to check. */
export interface ProcessedSdJwt {
  readonly claims: JsonObject;
  readonly disclosures: readonly Disclosure[];
}

const MAX_DISCLOSURES = 200;
/** Each recursive disclosure adds levels, so the bound on JSON is not enough. */
const MAX_PATH = 32;

function malformed(rule: string): Refusal {
  return new Refusal("claim_malformed", rule);
}

/** Splits a compact SD-JWT without key binding (RFC 9901 §4): it ends with a tilde. */
export function parseSdJwt(compact: string): SdJwt {
  const parts = compact.split("~");
  const [jwt, ...rest] = parts;
  if (jwt === undefined || jwt === "" || rest.pop() !== "")
    throw malformed("not an SD-JWT without key binding");
  if (rest.length > MAX_DISCLOSURES || rest.includes(""))
    throw malformed("disclosures are empty or too many");
  return { jwt, disclosures: rest };
}

interface Opened {
  readonly encoded: string;
  readonly name: string | undefined;
  readonly value: Json;
}

/** RFC 9901 §7.1 step 3: replaces digests by what they stand for. */
export async function processSdJwt(
  payload: JsonObject,
  disclosures: readonly string[],
): Promise<ProcessedSdJwt> {
  // §4.1.1: sha-256 when absent; we know no other.
  if (payload._sd_alg !== undefined && payload._sd_alg !== "sha-256")
    throw malformed("_sd_alg is not sha-256");
  const byDigest = await openAll(disclosures);
  const work = new Processing(byDigest);
  const claims = work.object(payload, []);
  // §7.1 step 5: every disclosure must have been referenced.
  if (work.found.length !== disclosures.length) throw malformed("a disclosure matches no digest");
  delete claims._sd_alg;
  return { claims, disclosures: work.found };
}

async function openAll(disclosures: readonly string[]): Promise<Map<string, Opened>> {
  const opened = new Map<string, Opened>();
  for (const encoded of disclosures) {
    const digest = base64urlEncode(await sha256(utf8Encode(encoded)));
    if (opened.has(digest)) throw malformed("a disclosure stands twice");
    opened.set(digest, openDisclosure(encoded));
  }
  return opened;
}

// §4.2.1 and §4.2.2: [salt, name, value] for a member, [salt, value] for an array element
function openDisclosure(encoded: string): Opened {
  const parts = parseJson(utf8Decode(base64urlDecode(encoded)));
  if (!Array.isArray(parts) || typeof parts[0] !== "string")
    throw malformed("a disclosure is no salted list");
  if (parts.length === 2) return { encoded, name: undefined, value: parts[1] as Json };
  const name = parts[1];
  if (parts.length !== 3 || typeof name !== "string") throw malformed("a disclosure has the wrong shape");
  // §7.1 step 3.c.ii.3
  if (name === "_sd" || name === "...") throw malformed("a disclosure has a reserved name");
  return { encoded, name, value: parts[2] as Json };
}

class Processing {
  readonly found: Disclosure[] = [];
  private readonly seen = new Set<string>();
  private readonly byDigest: Map<string, Opened>;

  constructor(byDigest: Map<string, Opened>) {
    this.byDigest = byDigest;
  }

  object(input: JsonObject, path: Path): JsonObject {
    // §4.1: only at the top does it say how digests are made
    if (path.length > 0 && Object.hasOwn(input, "_sd_alg")) throw malformed("_sd_alg stands below the top");
    const output: JsonObject = {};
    for (const [name, value] of Object.entries(input)) {
      if (name === "_sd") continue;
      if (name === "...") throw malformed("a digest of an array stands in an object");
      define(output, name, this.value(value, [...path, name]));
    }
    for (const opened of this.referenced(input._sd)) this.member(output, opened, path);
    return output;
  }

  private member(output: JsonObject, opened: Opened, path: Path): void {
    if (opened.name === undefined) throw malformed("an array element stands in an object");
    // §7.1 step 3.c.ii.4: nothing may be overwritten.
    if (Object.hasOwn(output, opened.name) || opened.name === "_sd_alg")
      throw malformed("a disclosure repeats a claim");
    const at = [...path, opened.name];
    this.found.push({ encoded: opened.encoded, path: at });
    define(output, opened.name, this.value(opened.value, at));
  }

  private referenced(digests: Json | undefined): Opened[] {
    if (digests === undefined) return [];
    if (!Array.isArray(digests)) throw malformed("_sd is not a list");
    return digests.flatMap((digest) => this.take(digest) ?? []);
  }

  private take(digest: Json): Opened | undefined {
    if (typeof digest !== "string") throw malformed("a digest is not a text");
    // §7.1 step 4: a digest must not stand twice, decoys included.
    if (this.seen.has(digest)) throw malformed("a digest stands twice");
    this.seen.add(digest);
    return this.byDigest.get(digest);
  }

  private value(value: Json, path: Path): Json {
    if (path.length > MAX_PATH) throw malformed("the claims are nested too deeply");
    if (Array.isArray(value)) return this.array(value, path);
    return isObject(value) ? this.object(value, path) : value;
  }

  private array(input: Json[], path: Path): Json[] {
    const output: Json[] = [];
    for (const element of input) {
      const at = [...path, output.length];
      if (!isObject(element) || !Object.hasOwn(element, "...")) output.push(this.value(element, at));
      else this.element(output, element, at);
    }
    return output;
  }

  private element(output: Json[], digest: JsonObject, at: Path): void {
    if (Object.keys(digest).length !== 1) throw malformed("an array's digest has other members");
    const opened = this.take(digest["..."] as Json);
    if (opened === undefined) return;
    if (opened.name !== undefined) throw malformed("an object's member stands in an array");
    this.found.push({ encoded: opened.encoded, path: at });
    output.push(this.value(opened.value, at));
  }
}

// A name such as __proto__ must become a member and nothing else.
function define(object: JsonObject, name: string, value: Json): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

// --- showing ---

/** A place that a query names; null stands for every element of an array (OpenID4VP 1.0 §7). */
export type QueryPath = readonly (string | number | null)[];

/** True where `query` is the place `path`, or above it. */
export function isAtOrAbove(query: QueryPath, path: Path): boolean {
  return query.length <= path.length && matches(query, path);
}

function matches(query: QueryPath, path: Path): boolean {
  return query.every((step, at) => (step === null ? typeof path[at] === "number" : step === path[at]));
}

/** True where `disclosure` must be sent for `query`: it stands at, above or below the place. */
function isNeeded(query: QueryPath, disclosure: Path): boolean {
  const shorter = Math.min(query.length, disclosure.length);
  return matches(query.slice(0, shorter), disclosure.slice(0, shorter));
}

/** RFC 9901 §7.2: the SD-JWT with only the disclosures that `paths` need, ending with a tilde. */
export function selectDisclosures(
  sdJwt: SdJwt,
  processed: ProcessedSdJwt,
  paths: readonly QueryPath[],
): string {
  const chosen = processed.disclosures.filter((one) => paths.some((path) => isNeeded(path, one.path)));
  return [sdJwt.jwt, ...chosen.map((one) => one.encoded), ""].join("~");
}

/** RFC 9901 §4.3: appends a key binding JWT over exactly what is shown. */
export async function addKeyBinding(
  presentation: string,
  binding: { key: HolderKey; audience: string; nonce: string; now: number },
): Promise<string> {
  const sd_hash = base64urlEncode(await sha256(utf8Encode(presentation)));
  const payload = { iat: binding.now, aud: binding.audience, nonce: binding.nonce, sd_hash };
  return presentation + (await signJwt(binding.key, { typ: "kb+jwt" }, payload));
}
