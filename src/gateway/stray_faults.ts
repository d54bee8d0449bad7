/**
 * Catches errors that no code awaits. They would end the program at once, leave its plugins running and
 * not appear in the log.
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
