// What makes the pages nicer where scripts run. Every page works without it.
import { Button, Checkboxes, ErrorSummary, NotificationBanner, Radios, SkipLink } from "govuk-frontend";
import { initCopyButtons } from "./copy.js";
import { initPolling } from "./poll.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const Component of [Button, Checkboxes, ErrorSummary, NotificationBanner, Radios, SkipLink]) {
  for (const element of document.querySelectorAll(`[data-module="${Component.moduleName}"]`)) {
    new Component(element);
  }
}
initCopyButtons(document);
initPolling(document);
