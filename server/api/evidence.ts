/** GET /deployments, /changes, /incidents: the rows that a metric rests on, and those that it leaves out. */
import type { Context } from 'hono'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { sendCsv, wantsCsv } from './evidence-csv.ts'
import { getChanges, getDeployments, getIncidents } from './evidence-schema.ts'
import {
  changeSubject,
  deploymentSubject,
  type EvidenceQuestion,
  incidentSubject,
  type Place,
  placeOf,
  type Subject,
  type Survey,
  showRows,
  surveyRows,
  waitingSubject,
} from './evidence-survey.ts'
import { windowFrom } from './query.ts'
import { createRouter } from './router.ts'
import { timeTextOrNull } from './wire-time.ts'

interface Asked extends Omit<EvidenceQuestion, 'from' | 'to'> {
  from?: string
  to?: string
  cursor?: string
  limit: number
}

const csvPage = 1000

export function evidenceRoutes(deps: ApiDeps, answers: Answers) {
  return createRouter()
    .openapi(getDeployments, (c) => answerRows(c, deps, answers, deploymentSubject, c.req.valid('query')))
    .openapi(getChanges, (c) => {
      const { state, ...asked } = c.req.valid('query')
      return answerRows(c, deps, answers, state === 'waiting' ? waitingSubject : changeSubject, asked)
    })
    .openapi(getIncidents, (c) => answerRows(c, deps, answers, incidentSubject, c.req.valid('query')))
}

/** One page as JSON, or all pages as CSV. The routes' types are told by their definitions, hence `never`. */
async function answerRows<Linked, Row>(
  c: Context,
  deps: ApiDeps,
  answers: Answers,
  subject: Subject<Linked, Row>,
  asked: Asked,
): Promise<never> {
  const { db } = deps.store
  const { cursor, limit, ...rest } = asked
  const question: EvidenceQuestion = { ...rest, ...windowFrom(asked, deps.now(), deps.config.timeZone) }
  const survey = async (place: Place): Promise<Survey> => {
    const { value } = await answers.ask(`${subject.name}-survey`, { ...question }, () => surveyRows(db, subject, place))
    return value
  }
  if (wantsCsv(c)) {
    const place = await placeOf(db, deps.config, question)
    const name = [subject.name, place.resolved.scope, question.from, question.to]
    return (await sendCsv(c, subject.columns, name, pagesOf(deps, subject, place, await survey(place)))) as never
  }
  const answer = await answers.ask(subject.name, { ...question, cursor, limit }, async () => {
    const place = await placeOf(db, deps.config, question)
    const page = await subject.read(db, place, { after: cursor, limit })
    const judged = await survey(place)
    return {
      scope: place.resolved.scope,
      from: subject.windowed ? question.from : null,
      to: subject.windowed ? question.to : null,
      environment: question.environment,
      metric: question.metric,
      asOf: timeTextOrNull(place.asOf),
      totals: cursor === undefined ? judged.totals : null,
      items: showRows(page.rows, subject, place, judged),
      next: page.next,
    }
  })
  return reply(c, answer)
}

async function* pagesOf<Linked, Row>(
  { store }: ApiDeps,
  subject: Subject<Linked, Row>,
  place: Place,
  survey: Survey,
): AsyncGenerator<Row[]> {
  let after: string | undefined
  do {
    const page = await subject.read(store.db, place, { after, limit: csvPage })
    yield showRows(page.rows, subject, place, survey)
    after = page.next ?? undefined
  } while (after !== undefined)
}
