/**
 * What a link or QR code asks of the wallet: OpenID4VCI 1.0 §4.1 (offers), OpenID4VP 1.0 §5.1 (requests).
 *
 * The wallet's own https links and the standards' schemes mean the same; only the query counts.
 */

import { Refusal } from "./errors";

export type Invocation =
  | { readonly kind: "add"; readonly offer: { readonly value: string } | { readonly uri: string } }
  | {
      readonly kind: "present";
      readonly clientId: string;
      readonly requestUri: string;
      readonly method: "get" | "post";
    };

const MAX_LINK = 20_000;
const MAX_REQUEST_URI = 2048;

/** Reads pasted or scanned text; raises link_unreadable. */
export function parseLink(text: string): Invocation {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LINK || !URL.canParse(trimmed)) throw unreadable("not a link");
  const invocation = parseQuery(new URL(trimmed).searchParams);
  if (invocation === null) throw unreadable("a link that asks nothing of a wallet");
  return invocation;
}

/** Reads a query; null when it holds neither an offer nor a request. */
export function parseQuery(query: URLSearchParams): Invocation | null {
  const value = single(query, "credential_offer");
  const uri = single(query, "credential_offer_uri");
  const clientId = single(query, "client_id");
  // OpenID4VCI 1.0 §4.1: one of the two, never both.
  if (value !== null && uri !== null) throw unreadable("two offers in one link");
  if (value !== null) return { kind: "add", offer: { value } };
  if (uri !== null) return { kind: "add", offer: { uri } };
  return clientId === null ? null : parseRequest(query, clientId);
}

function parseRequest(query: URLSearchParams, clientId: string): Invocation {
  const requestUri = single(query, "request_uri");
  // A request by value does not fit our links; HAIP 1.0 §5.1 asks for a signed request by reference.
  if (requestUri === null) throw unreadable("a request without request_uri");
  // RFC 9101 §5.2: no fragment, and no longer than anybody needs
  if (requestUri.includes("#") || requestUri.length > MAX_REQUEST_URI)
    throw unreadable("request_uri is no plain address");
  if (clientId === "") throw unreadable("a request by nobody");
  const method = single(query, "request_uri_method") ?? "get";
  // OpenID4VP 1.0 §5.1: get or post; anything else is an error.
  if (method !== "get" && method !== "post") throw unreadable("an unknown request_uri_method");
  return { kind: "present", clientId, requestUri, method };
}

function single(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name);
  // RFC 6749 §3.1: no parameter more than once.
  if (values.length > 1) throw unreadable("a parameter stands twice");
  return values[0] ?? null;
}

function unreadable(rule: string): Refusal {
  return new Refusal("link_unreadable", rule);
}
