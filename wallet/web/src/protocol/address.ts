/** Which addresses are good enough. */

/** https, or http to this very machine where the demo allows it. */
export function isSecure(uri: URL, allowHttpLocalhost: boolean): boolean {
  if (uri.protocol === "https:") return true;
  return allowHttpLocalhost && uri.protocol === "http:" && ["localhost", "127.0.0.1"].includes(uri.hostname);
}
