/** Moves focus to a section when the URL's hash names it, so that a keyboard goes on from there. */
import { useRouterState } from '@tanstack/react-router'
import { type RefObject, useEffect, useRef } from 'react'

export function useAnchor(id: string): RefObject<HTMLElement | null> {
  const ref = useRef<HTMLElement>(null)
  const asked = useRouterState({
    select: (state) => (state.location.hash === id ? `${state.location.href} ${state.location.state.key ?? ''}` : null),
  })
  useEffect(() => {
    if (asked === null) return
    ref.current?.focus({ preventScroll: true })
    ref.current?.scrollIntoView({ block: 'start' })
  }, [asked])
  return ref
}
