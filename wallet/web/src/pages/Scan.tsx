/** The camera, and a field for a link where there is none. */

import { useEffect, useRef, useState } from "preact/hooks";
import { parseLink } from "../protocol/link";
import { openInvocation } from "../router";
import type { Scanner } from "../scanner";
import { Button, ErrorSummary, Page, useSpeech, Working } from "../ui";

type Camera = "closed" | "opening" | "open" | "denied" | "none";

export function Scan() {
  const { words } = useSpeech();
  return (
    <Page title={words.scan.title}>
      <CameraView />
      <PasteForm />
    </Page>
  );
}

function CameraView() {
  const { words } = useSpeech();
  const [camera, setCamera] = useState<Camera>("closed");
  const [foreign, setForeign] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const scanner = useRef<Scanner | undefined>(undefined);
  const stop = () => {
    scanner.current?.stop();
    scanner.current = undefined;
    setCamera("closed");
  };
  useEffect(() => () => scanner.current?.stop(), []);
  const read = (text: string) => {
    try {
      const link = parseLink(text);
      scanner.current?.stop();
      openInvocation(link);
    } catch {
      setForeign(true);
    }
  };
  const open = async () => {
    setCamera("opening");
    setForeign(false);
    try {
      const { startScanner } = await import("../scanner");
      scanner.current = await startScanner(video.current as HTMLVideoElement, read);
      setCamera("open");
    } catch (error) {
      setCamera(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "none");
    }
  };
  return (
    <section class="camera">
      {camera === "closed" && <p class="govuk-body">{words.scan.why}</p>}
      {camera === "opening" && <Working>{words.scan.opening}</Working>}
      {(camera === "denied" || camera === "none") && (
        <p class="govuk-inset-text" role="alert">
          {words.scan[camera]}
        </p>
      )}
      {camera === "open" && (
        <p class="govuk-body" role="status">
          {foreign ? words.scan.notOurs : words.scan.point}
        </p>
      )}
      <video
        ref={video}
        class={camera === "open" ? "camera__picture" : "camera__picture camera__picture--off"}
        aria-label={words.scan.preview}
        playsInline
        muted
      />
      {camera === "open" ? (
        <Button kind="secondary" onClick={stop}>
          {words.scan.stop}
        </Button>
      ) : (
        <Button busy={camera === "opening"} onClick={() => void open()}>
          {words.scan.open}
        </Button>
      )}
    </section>
  );
}

function PasteForm() {
  const { words } = useSpeech();
  const [error, setError] = useState<"pasteEmpty" | "pasteWrong">();
  const [attempt, setAttempt] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const text = field.current?.value ?? "";
    setAttempt(attempt + 1);
    if (text.trim() === "") return setError("pasteEmpty");
    try {
      openInvocation(parseLink(text));
    } catch {
      setError("pasteWrong");
    }
  };
  return (
    <form class="paste" noValidate onSubmit={submit}>
      <h2 class="govuk-heading-m">{words.scan.pasteTitle}</h2>
      {error !== undefined && (
        <ErrorSummary key={attempt} field="link">
          {words.scan[error]}
        </ErrorSummary>
      )}
      <div class={`govuk-form-group${error === undefined ? "" : " govuk-form-group--error"}`}>
        <label class="govuk-label" for="link">
          {words.scan.pasteLabel}
        </label>
        <div class="govuk-hint" id="link-hint">
          {words.scan.pasteHint}
        </div>
        {error !== undefined && (
          <p class="govuk-error-message" id="link-error">
            {words.scan[error]}
          </p>
        )}
        <textarea
          class="govuk-textarea"
          id="link"
          rows={3}
          ref={field}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          aria-describedby={error === undefined ? "link-hint" : "link-hint link-error"}
        />
      </div>
      <Button submit kind="secondary">
        {words.continue}
      </Button>
    </form>
  );
}
