/** What other parties write, as it stands on a page. */

import { describe, expect, it } from "vitest";
import { flatten } from "../../src/protocol/facts";
import { inLanguage, parseLocalised } from "../../src/protocol/localised";
import { shownText } from "../../src/protocol/shown";
import { formatFact } from "../../src/words";

describe("a text of somebody else's", () => {
  it.each([
    ["stands as it is", "Siân O’Neill-Łukasz 🅿️", "Siân O’Neill-Łukasz 🅿️"],
    ["is not turned around", "Council\u202elicnuoC", "Council\ufffdlicnuoC"],
    ["hides no isolate", "a\u2066b\u2069c", "a\ufffdb\ufffdc"],
    ["hides no marks of direction", "a\u200eb\u200fc\u061cd", "a\ufffdb\ufffdc\ufffdd"],
    ["hides nothing of no width", "Bad\u200bge\ufeff\u2060", "Bad\ufffdge\ufffd\ufffd"],
    ["hides no tags", "x\u{e0041}\u{e0042}", "x\ufffd\ufffd"],
    ["carries no control characters", "a\u0000b\u001b[31m", "a\ufffdb\ufffd[31m"],
    ["stays on its line", "one\r\ntwo\u2028three", "one two three"],
    ["keeps the joiners that spell names", "\u0d28\u0d4d\u200d", "\u0d28\u0d4d\u200d"],
    ["that runs from right to left moves nothing around it", "דוד", "\u2068דוד\u2069"],
  ])("%s", (_, text, shown) => {
    expect(shownText(text)).toBe(shown);
    expect(inLanguage({ en: text }, "cy")).toBe(shown);
    expect(formatFact(text, "en")).toBe(shown);
  });

  it("is the first of a language where two have it, as in the Python wallet", () => {
    const entry = (lang: string, value: string) => ({ lang, value });
    const words = parseLocalised([entry("en-GB", "a"), entry("en", "b"), entry("cy", "c")], "words");
    expect(words).toEqual({ en: "a", cy: "c" });
    expect(parseLocalised([entry("fr", "a"), entry("cy", "b")], "words")).toEqual({ en: "b", cy: "b" });
  });

  it("is no longer than anybody would read", () => {
    const long = [{ lang: "en", value: "x".repeat(4097) }];
    expect(() => parseLocalised(long, "words")).toThrowError(
      expect.objectContaining({ code: "message_malformed" }),
    );
  });
});

describe("a fact of nothing", () => {
  it("is shown, since it is sent", () => {
    expect(flatten({ spouse: null, home: { street: null } })).toEqual([
      { path: ["spouse"], value: null },
      { path: ["home", "street"], value: null },
    ]);
    expect(formatFact(null, "en")).toBe("None");
  });
});
