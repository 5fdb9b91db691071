/** The trust list of the tests, divided as the authority divides it. */

import { base64urlEncode, type JsonObject, utf8Encode } from "../../src/protocol/encoding";

/** What a test says of the network; tables have one bucket each. */
export interface ListForTests {
  readonly [member: string]: unknown;
  readonly services: readonly JsonObject[];
  readonly departments: readonly JsonObject[];
  readonly claim_types: readonly JsonObject[];
}

export interface Divided {
  /** The head's payload. */
  readonly head: JsonObject;
  /** By digest, base64url. */
  readonly parts: ReadonlyMap<string, string>;
}

export async function divide(list: ListForTests): Promise<Divided> {
  const parts = new Map<string, string>();
  const tables: JsonObject = {};
  for (const kind of ["services", "departments", "claim_types"] as const) {
    const text = JSON.stringify({ [kind]: list[kind] });
    const digest = await digestOf(text);
    parts.set(digest, text);
    tables[kind] = { entries: list[kind].length, buckets: 1, parts: digest };
  }
  // Departments are found by identifier and by address: in one bucket that is the same entry.
  return { head: { ...(list as unknown as JsonObject), ...tables }, parts };
}

export async function digestOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encode(text)));
  return base64urlEncode(digest);
}
