import type { ReactNode } from 'react'

/** Lets a wide table scroll within the page, by keyboard too. */
export function TableScroll({ label, tall = false, children }: { label: string; tall?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={tall ? 'table-scroll table-behind' : 'table-scroll'} tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
