/** A transparency log in one process: two entries, the second of them the one to be proven. */

import { type Bytes, base64Encode, utf8Encode } from "../../src/protocol/encoding";
import { createKeys } from "./authority";

const NAME = "authority.example/log";

export interface TestLog {
  readonly keys: CryptoKeyPair;
  /** The log's verifier key, as the trust list has it. */
  readonly key: string;
  readonly keyId: Uint8Array;
}

export async function createLog(): Promise<TestLog> {
  const keys = await createKeys();
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  const keyId = (await sha256(spki)).slice(0, 4);
  const hex = Array.from(keyId, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { keys, keyId, key: `${NAME}+${hex}+${base64Encode(new Uint8Array([2, ...spki]))}` };
}

/** The proof (C2SP tlog-proof v1) that a registration's payload is in the log. */
export async function proveLogged(log: TestLog, payload: string): Promise<string> {
  const first = await sha256(new Uint8Array([0, ...utf8Encode("change\n{}")]));
  const second = await sha256(new Uint8Array([0, ...utf8Encode(`registration\n${payload}`)]));
  const root = await sha256(new Uint8Array([1, ...first, ...second]));
  const text = `${NAME}\n2\n${base64Encode(root)}\n`;
  const signature = base64Encode(new Uint8Array([...log.keyId, ...(await signDer(log, utf8Encode(text)))]));
  return `c2sp.org/tlog-proof@v1\nindex 1\n${base64Encode(first)}\n\n${text}\n\u2014 ${NAME} ${signature}\n`;
}

async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

async function signDer(log: TestLog, data: Bytes): Promise<Uint8Array> {
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const raw = new Uint8Array(await crypto.subtle.sign(algorithm, log.keys.privateKey, data));
  const scalars = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))];
  return new Uint8Array([0x30, scalars.length, ...scalars]);
}

function integer(scalar: Uint8Array): number[] {
  const digits = [...scalar.slice(scalar.findIndex((byte) => byte !== 0))];
  const padded = (digits[0] ?? 0) > 0x7f ? [0, ...digits] : digits;
  return [0x02, padded.length, ...padded];
}
