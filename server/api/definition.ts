/** GET /definition: what every number means, in words. */
import { type Definition, defineMetrics } from '../definition.ts'
import { definitionWords } from '../metrics/index.ts'
import { type Answers, reply } from './answers.ts'
import type { ApiDeps } from './api-deps.ts'
import { type DefinitionBody, getDefinition } from './definition-schema.ts'
import { kindWords, parameterWords, reasonWords, signalWords } from './definition-words.ts'
import { createRouter } from './router.ts'

export function definitionRoutes({ config }: ApiDeps, answers: Answers) {
  return createRouter().openapi(getDefinition, async (c) => {
    return reply(c, await answers.ask('definition', {}, async () => definitionBody(config.definition, config.timeZone)))
  })
}

function definitionBody(definition: Definition, timeZone: string): DefinitionBody {
  const standard = defineMetrics()
  const parameters = Object.entries(parameterWords).map(([id, words]) => {
    const key = id as keyof typeof parameterWords
    const [value, usual] = [definition[key], standard[key]]
    return { id, value, standard: usual, differs: JSON.stringify(value) !== JSON.stringify(usual), words }
  })
  return {
    version: definition.version,
    timeZone,
    parameters,
    metrics: definitionWords(definition),
    kinds: listed(kindWords),
    signals: listed(signalWords),
    reasons: listed(reasonWords),
  }
}

function listed(words: Record<string, string>): { id: string; words: string }[] {
  return Object.entries(words).map(([id, text]) => ({ id, words: text }))
}
