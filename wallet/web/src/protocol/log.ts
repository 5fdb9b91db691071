/**
 * The proof that something stands in the network's transparency log: C2SP tlog-proof v1, which holds a checkpoint
 * (C2SP tlog-checkpoint v1, a signed note with ECDSA) and a path through the Merkle tree (RFC 9162 §2.1).
 *
 * Established before it counts:
 *  1. the proof has its form;
 *  2. a log that the trust list names signed the checkpoint, in its own name;
 *  3. the path leads from the entry to the checkpoint's root.
 */

import { importPublicKey, sha256, verifySignature } from "../keys";
import { rawSignature } from "./certificate";
import { type Bytes, base64Decode, equalBytes, utf8Encode } from "./encoding";
import { Refusal } from "./errors";

/** A log's name, four bytes that point to its key, and the key (SubjectPublicKeyInfo). */
export interface LogKey {
  readonly name: string;
  readonly keyId: Bytes;
  readonly publicKeyInfo: Bytes;
}

interface Proof {
  readonly index: bigint;
  readonly path: readonly Bytes[];
  readonly checkpoint: string;
}

interface Checkpoint {
  readonly size: bigint;
  readonly root: Bytes;
}

const ECDSA = 0x02;
const HASH_BYTES = 32;
const MAX_PATH = 64;
const MAX_CHARACTERS = 65_536;
const MAX_SIGNATURES = 64;
const HEADER = "c2sp.org/tlog-proof@v1";
const NUMBER = /^(?:0|[1-9][0-9]{0,18})$/;
const MAX_SIZE = 2n ** 63n - 1n;
const NAME = /^[^\s+\p{Cc}]{1,256}$/u;
const SIGNATURE_LINE = /^\u2014 ([^\s+]{1,256}) ([A-Za-z0-9+/=]{8,8192})$/;
// A signed note holds no control character but the end of a line.
const isControl = (character: string) => character < " " && character !== "\n";

/** Raises message_malformed, signature_wrong or registration_unlogged unless a log of `keys` holds the entry. */
export async function verifyLogged(entry: Bytes, text: string, keys: readonly LogKey[]): Promise<void> {
  const proof = parseProof(text); // 1
  const checkpoint = await verifyCheckpoint(proof.checkpoint, keys); // 2
  const root = await rootOf(entry, proof, checkpoint.size);
  if (!equalBytes(root, checkpoint.root)) throw unproven("the log does not hold this entry"); // 3
}

/** Reads a verifier key: its name, key ID in hex, and type with key in base64, joined by pluses. */
export async function parseLogKey(text: string): Promise<LogKey> {
  const [name = "", keyId = "", ...rest] = text.split("+");
  const encoded = base64Decode(rest.join("+"));
  const publicKeyInfo = encoded.slice(1);
  if (!NAME.test(name) || encoded[0] !== ECDSA) throw malformed("a log's key is of another kind");
  await importPublicKey(publicKeyInfo, "P-256");
  const expected = (await sha256(publicKeyInfo)).slice(0, 4);
  const hex = Array.from(expected, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (keyId !== hex) throw malformed("a log's key has another ID");
  return { name, keyId: expected, publicKeyInfo };
}

function parseProof(text: string): Proof {
  const end = text.indexOf("\n\n");
  const [header, index, ...path] = text.slice(0, Math.max(end, 0)).split("\n");
  const number = /^index (.*)$/.exec(index ?? "")?.[1] ?? "";
  if (end < 0 || text.length > MAX_CHARACTERS || header !== HEADER || !NUMBER.test(number))
    throw malformed("not a log's proof");
  if (path.length > MAX_PATH) throw malformed("a log's proof is too long");
  return { index: BigInt(number), path: path.map(readHash), checkpoint: text.slice(end + 2) };
}

function readHash(line: string): Bytes {
  const hash = base64Decode(line);
  if (hash.length !== HASH_BYTES) throw malformed("a log's hash has 32 bytes");
  return hash;
}

async function verifyCheckpoint(note: string, keys: readonly LogKey[]): Promise<Checkpoint> {
  const { text, signatures } = splitNote(note);
  const [origin = "", size = "", root = "", ...rest] = text.split("\n");
  // Extension lines are refused: nobody can audit them.
  if (rest.length !== 1 || rest[0] !== "" || !NUMBER.test(size) || BigInt(size) > MAX_SIZE)
    throw malformed("a checkpoint has three lines");
  await verifySigner(text, signatures, keys, origin);
  return { size: BigInt(size), root: readHash(root) };
}

// Signatures of others are passed over; one of a known key that does not verify refuses the note.
async function verifySigner(
  text: string,
  signatures: readonly [string, Bytes][],
  keys: readonly LogKey[],
  origin: string,
): Promise<void> {
  let signed = false;
  for (const [name, signature] of signatures) {
    const key = keys.find((one) => one.name === name && equalBytes(one.keyId, signature.slice(0, 4)));
    if (key === undefined) continue;
    await verifySignature(
      await importPublicKey(key.publicKeyInfo, "P-256"),
      rawSignature(signature.slice(4), "P-256"),
      utf8Encode(text),
    );
    if (name === origin) signed = true; // one log does not speak for another
  }
  if (!signed) throw unproven("no log of the network signed this");
}

function splitNote(note: string): { text: string; signatures: [string, Bytes][] } {
  const end = note.lastIndexOf("\n\n");
  const lines = note.slice(end + 2).split("\n");
  const isWhole = end >= 0 && lines.pop() === "" && lines.length >= 1 && lines.length <= MAX_SIGNATURES;
  if (!isWhole || [...note].some(isControl)) throw malformed("not a signed note");
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): [string, Bytes] {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined) throw malformed("a note's signature has not its form");
  const signature = base64Decode(encoded);
  if (signature.length < 5) throw malformed("a note's signature has not its form");
  return [name, signature];
}

// RFC 9162 §2.1.3.2
async function rootOf(entry: Bytes, { index, path }: Proof, size: bigint): Promise<Bytes> {
  if (index >= size) throw malformed("the log has no such entry"); // step 1
  let position = index; // step 2
  let last = size - 1n;
  let found = await hash([0], entry); // step 3
  for (const sibling of path) {
    if (last === 0n) throw unproven("the log's proof is too long"); // step 4.a
    if (position % 2n === 1n || position === last) {
      found = await hash([1], sibling, found); // step 4.b.i
      // step 4.b.ii: a node without a right sibling stands for itself one level up
      while (position % 2n === 0n && position !== 0n) [position, last] = [position / 2n, last / 2n];
    } else {
      found = await hash([1], found, sibling);
    }
    [position, last] = [position / 2n, last / 2n]; // step 4.c
  }
  if (last !== 0n) throw unproven("the log's proof is too short"); // step 5
  return found;
}

// §2.1.1: the first byte keeps a leaf from passing for a node.
async function hash(kind: readonly [0 | 1], ...parts: readonly Bytes[]): Promise<Bytes> {
  const data = new Uint8Array(1 + parts.reduce((length, part) => length + part.length, 0));
  data.set(kind);
  let at = 1;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return await sha256(data);
}

function malformed(rule: string): Refusal {
  return new Refusal("message_malformed", rule);
}

function unproven(rule: string): Refusal {
  return new Refusal("registration_unlogged", rule);
}
