/** Runs the fake with a generated world: `node --import tsx test/fakes/github/serve.ts --port 4480 --repositories 12`. */
import { parseArgs } from 'node:util'
import { generateWorld } from './generate-world.ts'
import { startGithub } from './start-github.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4480' },
    seed: { type: 'string', default: '1' },
    repositories: { type: 'string', default: '12' },
    pulls: { type: 'string', default: '60' },
    deployments: { type: 'string', default: '80' },
    incidents: { type: 'string', default: '6' },
    runs: { type: 'string', default: '40' },
    days: { type: 'string', default: '180' },
  },
})
const to = new Date()
const from = new Date(to.getTime() - Number(values.days) * 86_400_000)
const world = generateWorld({
  seed: Number(values.seed),
  repositories: Number(values.repositories),
  pullsPerRepository: Number(values.pulls),
  deploymentsPerRepository: Number(values.deployments),
  incidentsPerRepository: Number(values.incidents),
  runsPerRepository: Number(values.runs),
  from: from.toISOString(),
  to: to.toISOString(),
})
const github = await startGithub(world, { port: Number(values.port) })
console.log(`base URL  ${github.baseUrl}\nGraphQL   ${github.graphqlUrl}\ntoken     ${github.token}\nowner     acme`)
