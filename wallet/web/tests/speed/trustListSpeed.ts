/**
 * Measures, for benchmarks/, how long this wallet takes to find a service in the trust list: the head verified, its part
 * checked, the service read from it; and with that the registration certificate with its proof of the log.
 *
 * Standard input: {"root": PEM, "now", "head", "parts": {digest: text}, "service", "registration", "rounds"}.
 * Standard output: milliseconds, each the median of the rounds: {"first", "list", "registration", "raw"}. "first" is the
 * list's first round alone, before anything is compiled; "raw" is one verification of a P-256 signature by WebCrypto, in between the others.
 */

import { importPublicKey, verifySignature } from "../../src/keys";
import { parseAnchor } from "../../src/protocol/chain";
import { type Bytes, utf8Encode } from "../../src/protocol/encoding";
import { verifyRegistration } from "../../src/protocol/registration";
import { createTrustList, serviceFor, type TrustList } from "../../src/protocol/trustList";
import { verifyTrustListHead } from "../../src/protocol/trustListHead";

interface Task {
  readonly root: string;
  readonly now: number;
  readonly head: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly service: string;
  readonly registration: string;
  readonly rounds: number;
}

const RAW_EACH_ROUND = 20;

const task: Task = JSON.parse(await new Response(await stdin()).text());
const anchors = [parseAnchor(task.root)];
const signed = await sign();

// Everything from the text on, as on a page that was just opened: nothing is remembered from the round before.
async function findService(): Promise<TrustList> {
  const head = await verifyTrustListHead(task.head, { anchors, now: task.now, previous: undefined });
  const list = createTrustList(head, async (digest) => utf8Encode(task.parts[digest] ?? ""));
  await serviceFor(list, task.service);
  return list;
}

async function readRegistration(logKeys: TrustList["logKeys"]): Promise<void> {
  const rules = { anchors, logKeys, now: task.now, expectedSubject: task.service };
  await verifyRegistration(task.registration, rules);
}

async function verifyRaw(): Promise<void> {
  for (let count = 0; count < RAW_EACH_ROUND; count++) {
    await verifySignature(signed.key, signed.signature, signed.data);
  }
}

async function sign(): Promise<{ key: CryptoKey; signature: Bytes; data: Bytes }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const data = utf8Encode(task.head);
  const by = { name: "ECDSA", hash: "SHA-256" };
  const signature = new Uint8Array(await crypto.subtle.sign(by, pair.privateKey, data));
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  return { key: await importPublicKey(spki, "P-256"), signature, data };
}

async function timed<T>(work: () => Promise<T>, into: number[]): Promise<T> {
  const start = performance.now();
  const done = await work();
  into.push(performance.now() - start);
  return done;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function stdin(): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return await new Blob(chunks as BlobPart[]).arrayBuffer();
}

const lists: number[] = [];
const registrations: number[] = [];
const raws: number[] = [];
for (let round = 0; round < task.rounds; round++) {
  const list = await timed(findService, lists);
  await timed(() => readRegistration(list.logKeys), registrations);
  await timed(verifyRaw, raws);
}
process.stdout.write(
  JSON.stringify({
    first: lists[0],
    list: median(lists),
    registration: median(registrations),
    raw: median(raws) / RAW_EACH_ROUND,
  }),
);
