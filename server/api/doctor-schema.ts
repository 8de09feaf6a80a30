/** What checks of the data found, on the wire. */
import { createRoute, z } from '@hono/zod-openapi'
import { checks, findingStates } from '../collector/diagnosis/finding.ts'
import { failures, json } from './router.ts'

const FindingBody = z
  .object({
    check: z.enum(checks),
    where: z.string().openapi({ example: 'Service shop, production' }),
    state: z.enum(findingStates).openapi({ description: '`advice`: it may be meant so. `fault`: it must be mended.' }),
    what: z.string(),
    mend: z.string().nullable().openapi({ description: 'What to do; null where it is good.' }),
    write: z.string().nullable().openapi({ description: 'What to write in shiplog.yaml.', example: 'authority: { production: argo }' }),
  })
  .openapi('Finding')

export const getDoctor = createRoute({
  method: 'get',
  path: '/doctor',
  tags: ['Instance'],
  summary: 'What is not right with the data, and how to mend it',
  description:
    'Whether each source is read in time and what its system sends is understood, whether clocks agree, whether environments, services and incidents find their place, and whether several sources make one deployment count twice. Of the last 90 days.',
  responses: {
    200: json(z.object({ findings: z.array(FindingBody) }).openapi('Findings'), 'What was checked, also where it is good.'),
    ...failures(),
  },
})
