import { type ReactNode, useEffect } from 'react'

interface Props {
  /** What the browser's title says. */
  page: string
  title: string
  kind?: string
  children?: ReactNode
}

/** The heading of a page. */
export function PageTitle({ page, title, kind, children }: Props) {
  useEffect(() => {
    document.title = title === page ? `${page} · Shiplog` : `${title} · ${page} · Shiplog`
  }, [page, title])
  return (
    <div className="page-title">
      <h1>
        {title}
        {kind && <span className="page-kind">{kind}</span>}
      </h1>
      {children}
    </div>
  )
}
