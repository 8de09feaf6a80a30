/** `pause` and `resume`: whether a source is collected, whoever would do it. */
import { openApi } from './api.ts'
import { sourceId } from './preview.ts'
import type { Session } from './session.ts'

export async function pause(session: Session, options: { source?: string }): Promise<void> {
  const id = await tell(session, options.source, 'pause')
  session.note(`${id}: paused; a run that goes on ends at its next batch. ${howToResume(id)}`)
}

export async function resume(session: Session, options: { source?: string }): Promise<void> {
  const id = await tell(session, options.source, 'resume')
  session.note(`${id}: resumed; the next run goes on where the last one ended.`)
}

export function howToResume(id: string): string {
  return `Resume it with \`npm run shiplog -- resume --source ${id}\`, or on the page Sources.`
}

async function tell(session: Session, named: string | undefined, what: 'pause' | 'resume'): Promise<string> {
  const id = sourceId(session, named)
  const api = await openApi(session)
  try {
    await api.text(`sources/${encodeURIComponent(id)}/${what}`, { method: 'POST' })
  } finally {
    await api.close()
  }
  return id
}
