import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

/** Leads out to the source; plain text where the source gave no address. */
export function ExternalLink({ href, children }: { href: string | null; children: ReactNode }) {
  if (href === null || !/^https?:/.test(href)) return <>{children}</>
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" className="external">
      {children}
      <Icon name="external" size={12} />
      <span className="visually-hidden"> (opens the source)</span>
    </a>
  )
}
