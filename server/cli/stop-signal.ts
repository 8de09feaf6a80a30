/** Whether the process was told to end. */

/**
 * Aborted by the first SIGINT or SIGTERM from now on, in place of the end of the process. The second ends the process at once, as if
 * nothing listened.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const end = () => {
    process.removeListener('SIGINT', end)
    process.removeListener('SIGTERM', end)
    controller.abort()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return controller.signal
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
