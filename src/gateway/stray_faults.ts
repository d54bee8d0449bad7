/**
 * Hears of each fault that nobody awaits, which would end the program at once, with its plugins left
 * running and no word in the log.
 */
export function hearStrayFaults(hear: (fault: unknown) => void): Disposable {
  function onRejection(event: PromiseRejectionEvent): void {
    event.preventDefault();
    hear(event.reason);
  }
  function onError(event: ErrorEvent): void {
    event.preventDefault();
    hear(event.error);
  }
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}
