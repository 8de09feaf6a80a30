import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { PageTitle } from '../parts/page-title.tsx'
import { ErrorPanel } from '../parts/state-panels.tsx'

/** For an address that leads nowhere. */
export function NotFoundPage() {
  return (
    <>
      <PageTitle page="Not found" title="There is no such page" />
      <p className="page-lead">The address may be mistyped, or the page may have moved.</p>
      <Button component={Link} to="/" variant="default" size="xs" mt={16}>
        Go to the overview
      </Button>
    </>
  )
}

/** For a page that failed while it was drawn or loaded. */
export function ErrorPage({ error, reset }: { error: unknown; reset?: () => void }) {
  return (
    <>
      <PageTitle page="Error" title="Something went wrong" />
      <div style={{ marginTop: 16 }}>
        <ErrorPanel error={error} retry={reset ?? (() => window.location.reload())} />
      </div>
    </>
  )
}
