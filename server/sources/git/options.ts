/** What shiplog.yaml may say of a git source. */
import { z } from 'zod'
import { pattern } from '../rules.ts'

const address = /^(?:https|ssh|file):\/\/[^\s]+$/
const shortSsh = /^(?:[\w.-]+@)?[A-Za-z0-9][\w.-]+:(?!\/\/)[^\s-][^\s]*$/

const Url = z
  .string()
  .max(2000)
  .superRefine((url, ctx) => {
    const refuse = (message: string) => ctx.addIssue({ code: 'custom', message })
    if (/^http:/i.test(url)) return refuse('must not be http, which sends code and secrets unprotected; write https, ssh or file')
    if (!address.test(url) && !shortSsh.test(url)) {
      return refuse(
        'must be an https, ssh or file address, such as https://host/team/shop.git or git@host:team/shop.git; for a folder write path',
      )
    }
    const authority = /^\w+:\/\/([^/]*)/.exec(url)?.[1] ?? ''
    if (/^[^@]*:[^@]*@/.test(authority)) return refuse('must not hold a password; write the name of an environment variable under token')
    if (/^(?:[^@]*@)?-/.test(authority)) return refuse('must not have a host that begins with a hyphen')
  })

const Branch = z
  .string()
  .min(1)
  .max(500)
  .regex(/^(?!-)(?!refs\/)[^\s~^:?*[\\]+$/, 'must be the plain name of a branch, such as main')

const deploymentsMessage = "must be auto, { tags: 'regular expression' }, { branch: name } or { branch: true }"

const Deployments = z.union(
  [
    z.literal('auto') /** Matched against the whole name, in time linear in its length. */,
    z.strictObject({ tags: pattern('^v\\d+\\.\\d+\\.\\d+$') }),
    z.strictObject({ branch: z.union([Branch, z.literal(true)]) }),
  ],
  deploymentsMessage,
)

const fields = z.strictObject({
  /** A work tree or a bare repository, read in place. */
  path: z.string().min(1, 'must not be empty').max(4000).optional(),
  url: Url.optional(),
  /** For https: the secret that the server takes as password. */
  token: z
    .string()
    .min(1, 'must not be empty')
    .max(4000)
    .regex(/^[\x21-\x7e]+$/, 'must not contain spaces or control characters')
    .optional(),
  deployments: Deployments.default('auto'),
  paths: z.never({ error: 'must stand with a service and not with the source: services: [{ id, source, paths }]' }).optional(),
})

export const GitOptions = fields.superRefine((options, ctx) => {
  if ((options.path === undefined) === (options.url === undefined)) {
    const message = options.path === undefined ? 'is missing: write path or url' : 'cannot stand beside url: write one of the two'
    ctx.addIssue({ code: 'custom', path: ['path'], message })
  }
  if (options.path?.includes('\0')) ctx.addIssue({ code: 'custom', path: ['path'], message: 'must not contain a NUL character' })
  if (options.token !== undefined && !options.url?.startsWith('https:')) {
    ctx.addIssue({ code: 'custom', path: ['token'], message: 'serves https addresses only: take it out, or write an https url' })
  }
})
export type GitOptions = z.output<typeof GitOptions>
