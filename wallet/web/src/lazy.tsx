/** A page that is loaded when it is first shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Refusal } from "./protocol/errors";
import { RefusalPage } from "./ui";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [state, setState] = useState<{ page?: ComponentType<P> | undefined; failed?: boolean }>({
      page: loaded,
    });
    useEffect(() => {
      load().then(
        (page) => {
          loaded = page;
          setState({ page });
        },
        () => setState({ failed: true }),
      );
    }, []);
    if (state.failed)
      return (
        <RefusalPage
          refusal={new Refusal("offline", "a part of the app could not be loaded")}
          nothingSent
          // A newer version may have replaced this part; a browser may also remember that it failed.
          onRetry={() => location.reload()}
        />
      );
    const Loaded = state.page;
    return Loaded === undefined ? <div class="loading" aria-busy="true" /> : <Loaded {...props} />;
  };
}
