import { describe, expect, it } from "vitest";
import { asFetch, createNetwork, good } from "../src/network";

function answering(reply: () => Response | Promise<Response>, seen: RequestInit[] = []) {
  const fetch: typeof globalThis.fetch = async (_, init) => {
    seen.push(init ?? {});
    return await reply();
  };
  return createNetwork({ allowHttpLocalhost: false, fetch, timeoutMs: 30 });
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "answered",
    (error) => error.code as string,
  );

describe("the network", () => {
  it("sends no cookies and no referrer, follows no redirect and caches nothing", async () => {
    const seen: RequestInit[] = [];
    await answering(() => new Response("x"), seen).send("https://a.example/");
    expect(seen[0]).toMatchObject({
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
    });
  });

  it.each([
    ["http://a.example/", "not_secure"],
    ["http://localhost:8401/", "not_secure"],
    ["ftp://a.example/", "not_secure"],
    ["data:text/plain,x", "not_secure"],
    ["javascript:alert(1)", "not_secure"],
    ["https://user:pass@a.example/", "link_unreadable"],
    ["nowhere", "link_unreadable"],
  ])("does not go to %s", async (url, code) => {
    expect(await codeOf(answering(() => new Response("x")).send(url))).toBe(code);
  });

  it("goes to http on this machine in the demo only", async () => {
    const demo = createNetwork({ allowHttpLocalhost: true, fetch: async () => new Response("x") });
    expect(await codeOf(demo.send("http://localhost:8401/"))).toBe("answered");
    expect(await codeOf(demo.send("http://localhost.evil.example/"))).toBe("not_secure");
  });

  it("stops reading what is too large", async () => {
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) }));
    expect(await codeOf(answering(endless).send("https://a.example/"))).toBe("answer_too_large");
  });

  it("waits no longer than it must", async () => {
    const never = createNetwork({
      allowHttpLocalhost: false,
      timeoutMs: 30,
      fetch: (_, init) =>
        new Promise((_, reject) =>
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    });
    expect(await codeOf(never.send("https://a.example/"))).toBe("timed_out");
  });

  it("tells a broken connection from a bad answer", async () => {
    const broken = () => {
      throw new TypeError("no route");
    };
    expect(await codeOf(answering(broken).send("https://a.example/"))).toBe("offline");
    const reply = await answering(() => new Response("x", { status: 500 })).send("https://a.example/");
    expect(() => good(reply)).toThrowError(expect.objectContaining({ code: "peer_failed" }));
  });

  it("serves the standards' libraries as their fetch", async () => {
    const fetch = asFetch(
      answering(() => new Response('{"a":1}', { headers: { "Content-Type": "application/json" } })),
    );
    expect(await (await fetch("https://a.example/", { method: "POST", body: "x" })).json()).toEqual({ a: 1 });
  });
});
