import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { instanceQuery } from '../queries.ts'
import { carried } from '../search.ts'
import { ColorSchemeToggle } from './color-scheme-toggle.tsx'
import { Icon, type IconName } from './icon.tsx'

const pages: { to: '/' | '/report' | '/sources' | '/definitions'; label: string; icon: IconName }[] = [
  { to: '/', label: 'Overview', icon: 'overview' },
  { to: '/report', label: 'Weekly report', icon: 'report' },
  { to: '/sources', label: 'Sources', icon: 'sources' },
  { to: '/definitions', label: 'Definitions', icon: 'definitions' },
]

/** The frame of every page: skip link, demo banner, navigation. */
export function Shell() {
  const instance = useQuery(instanceQuery()).data
  const [open, setOpen] = useState(false)
  const path = useRouterState({ select: (state) => state.location.pathname })
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to content
      </a>
      {instance?.demo && <DemoBanner />}
      <div className="frame">
        <header className="rail" data-open={open}>
          <div className="rail-inner">
            <div className="rail-top">
              <Link to="/" className="brand" aria-label="Shiplog, overview">
                <Mark />
                Shiplog
              </Link>
              <button type="button" className="menu-button" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>
                <Icon name={open ? 'close' : 'menu'} size={18} />
                <span className="visually-hidden">Menu</span>
              </button>
            </div>
            <div className="rail-body" id="navigation">
              <Navigation path={path} close={() => setOpen(false)} />
              <div className="rail-foot">
                <a className="nav-link" href="/api/docs">
                  <Icon name="api" />
                  API
                </a>
                <div className="row row-between">
                  <span className="dim small">{instance ? `Version ${instance.version}` : ''}</span>
                  <ColorSchemeToggle />
                </div>
              </div>
            </div>
          </div>
        </header>
        <main id="main" tabIndex={-1} className="main">
          <Outlet />
        </main>
      </div>
    </div>
  )
}

function Navigation({ path, close }: { path: string; close(): void }) {
  const search = useSearch({ strict: false })
  return (
    <nav aria-label="Pages">
      <ul className="nav">
        {pages.map((page) => {
          const current =
            page.to === '/' ? path === '/' || path.startsWith('/services') || path.startsWith('/metrics') : path.startsWith(page.to)
          return (
            <li key={page.to}>
              <Link to={page.to} search={carried(search)} onClick={close} className="nav-link" aria-current={current ? 'page' : undefined}>
                <Icon name={page.icon} />
                {page.label}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

function DemoBanner() {
  return (
    <div className="demo" role="note">
      <strong>DEMO</strong>
      <span>
        Every team, service and number here is invented. For your own: <code>npm start -- --git PATH_OR_URL</code>
      </span>
    </div>
  )
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#2f4bd8" />
      <path d="M8 22.5h16M8 16h11M8 9.5h6" stroke="#fff" strokeWidth="3" strokeLinecap="round" fill="none" />
      <circle cx="24" cy="12" r="3" fill="#ffb45c" />
    </svg>
  )
}
