/**
 * Every request that the wallet makes: bounded in time and size, over https, without cookies, referrer or redirects.
 *
 * A redirect would lead a checked address to an unchecked one, so none is followed.
 */

import { isPlainAddress, isSecure } from "./protocol/address";
import type { Bytes } from "./protocol/encoding";
import { Refusal } from "./protocol/errors";

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: Bytes;
  readonly headers: Headers;
}

export interface Question {
  readonly method?: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly maxBytes?: number;
}

export interface Network {
  /** Any answered status is a reply; raises offline, timed_out, answer_too_large, not_secure or link_unreadable. */
  send(url: string, question?: Question): Promise<Reply>;
}

export interface NetworkRules {
  readonly allowHttpLocalhost: boolean;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 1_000_000;

export function createNetwork(rules: NetworkRules): Network {
  return { send: (url, question = {}) => send(url, question, rules) };
}

async function send(url: string, question: Question, rules: NetworkRules): Promise<Reply> {
  checkAddress(url, rules);
  const signal = AbortSignal.timeout(rules.timeoutMs ?? TIMEOUT_MS);
  try {
    const response = await (rules.fetch ?? fetch)(url, {
      method: question.method ?? "GET",
      ...(question.headers === undefined ? {} : { headers: question.headers }),
      ...(question.body === undefined ? {} : { body: question.body }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      signal,
    });
    return await readReply(response, question.maxBytes ?? MAX_BYTES);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    if (signal.aborted) throw new Refusal("timed_out", "no answer in time", { cause });
    throw new Refusal("offline", "no connection", { cause });
  }
}

function checkAddress(url: string, rules: NetworkRules): void {
  if (!URL.canParse(url)) throw new Refusal("link_unreadable", "not an address");
  const address = new URL(url);
  if (address.username !== "" || address.password !== "")
    throw new Refusal("link_unreadable", "an address with a name");
  if (address.protocol.startsWith("http") && !isPlainAddress(url))
    throw new Refusal("link_unreadable", "an address that can be read in two ways");
  if (!isSecure(address, rules.allowHttpLocalhost))
    throw new Refusal("not_secure", "the address is not https");
}

async function readReply(response: Response, maxBytes: number): Promise<Reply> {
  const body = await readBounded(response, maxBytes);
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0] ?? "";
  return { status: response.status, type: type.trim().toLowerCase(), body, headers: response.headers };
}

async function readBounded(response: Response, maxBytes: number): Promise<Bytes> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new Refusal("answer_too_large", "an answer is too large");
    }
    chunks.push(value);
  }
}

/** The body of a good answer; raises peer_failed for any other status. */
export function good(reply: Reply): Bytes {
  if (reply.status < 200 || reply.status > 299) throw new Refusal("peer_failed", `status ${reply.status}`);
  return reply.body;
}

/** `network` as the fetch that @openid4vc's libraries call. */
export function asFetch(network: Network): typeof fetch {
  return async (input, init) => {
    const body = init?.body;
    const reply = await network.send(String(input instanceof Request ? input.url : input), {
      method: init?.method === "POST" ? "POST" : "GET",
      headers: Object.fromEntries(new Headers(init?.headers).entries()),
      ...(typeof body === "string" ? { body } : {}),
    });
    // Not an answer to what was asked, whatever the body says: another try may get one.
    if (reply.status === 429 || reply.status > 499)
      throw new Refusal("peer_failed", `status ${reply.status}`);
    const empty = reply.status === 204 || reply.status === 304;
    return new Response(empty ? null : reply.body, { status: reply.status, headers: reply.headers });
  };
}
