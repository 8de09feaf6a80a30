/** GET /deployments, /changes, /incidents: the rows that a metric rests on, and those that it leaves out. */
import type { Context } from 'hono'
import type { RowFilter, Sort } from '../store/evidence/order.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { sendCsv, wantsCsv } from './evidence-csv.ts'
import { getChanges, getDeployments, getIncidents } from './evidence-schema.ts'
import {
  changeSubject,
  deploymentSubject,
  type EvidenceQuestion,
  type Ground,
  groundOf,
  incidentSubject,
  type Subject,
  waitingSubject,
} from './evidence-subjects.ts'
import { windowFrom } from './query.ts'
import { createRouter } from './router.ts'
import { timeTextOrNull } from './wire-time.ts'

interface Asked extends Omit<EvidenceQuestion, 'from' | 'to'>, RowFilter {
  from?: string
  to?: string
  sort?: Sort
  cursor?: string
  limit: number
}

/** Rows that a file reads at once: a page by the longest costs more the further down it is, so that few large ones are read. */
const csvPages: Record<Sort, number> = { newest: 1000, oldest: 1000, longest: 20_000 }

export function evidenceRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter()
    .openapi(getDeployments, (c) => answerRows(c, deps, answers, deploymentSubject, c.req.valid('query')))
    .openapi(getChanges, (c) => {
      const { state, ...asked } = c.req.valid('query')
      if (state === 'waiting') return answerRows(c, deps, answers, waitingSubject, { ...asked, sort: asked.sort ?? 'oldest' })
      return answerRows(c, deps, answers, changeSubject, asked)
    })
    .openapi(getIncidents, (c) => answerRows(c, deps, answers, incidentSubject, c.req.valid('query')))
}

/** One page as JSON, or all pages as CSV. The routes' types are told by their definitions, hence `never`. */
async function answerRows<Linked, Row, Judged>(
  c: Context,
  deps: ApiDeps,
  answers: Answers,
  subject: Subject<Linked, Row, Judged>,
  asked: Asked,
): Promise<never> {
  const { db } = deps.store
  const { cursor, limit, sort = 'newest', include, reason, ...rest } = asked
  const question: EvidenceQuestion = { ...rest, ...windowFrom(asked, deps.now(), deps.config.timeZone) }
  const filter = { include, reason }
  if (wantsCsv(c)) {
    const ground = await groundOf(db, deps.config, question)
    const name = [subject.name, ground.resolved.scope, question.from, question.to]
    return (await sendCsv(c, subject.columns, name, pagesOf(deps, subject, ground, { ...filter, sort }))) as never
  }
  const answer = await answers.ask(subject.name, { ...question, ...filter, sort, cursor, limit }, async () => {
    const ground = await groundOf(db, deps.config, question)
    const judged = await subject.judge(db, ground)
    const page = await subject.read(db, ground, judged, { ...filter, sort, after: cursor, limit })
    return {
      scope: ground.resolved.scope,
      from: subject.windowed ? question.from : null,
      to: subject.windowed ? question.to : null,
      environment: question.environment,
      metric: question.metric,
      asOf: timeTextOrNull(ground.asOf),
      totals: cursor === undefined ? await subject.totals(db, ground, judged) : null,
      items: page.rows.map((row) => subject.show(row, ground, judged)),
      next: page.next,
    }
  })
  return reply(c, answer)
}

async function* pagesOf<Linked, Row, Judged>(
  { store: { db } }: ApiDeps,
  subject: Subject<Linked, Row, Judged>,
  ground: Ground,
  asked: RowFilter & { sort: Sort },
): AsyncGenerator<Row[]> {
  const judged = await subject.judge(db, ground)
  let after: string | undefined
  do {
    const page = await subject.read(db, ground, judged, { ...asked, after, limit: csvPages[asked.sort] })
    yield page.rows.map((row) => subject.show(row, ground, judged))
    after = page.next ?? undefined
  } while (after !== undefined)
}
