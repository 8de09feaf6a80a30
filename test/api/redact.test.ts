import { describe, expect, it } from 'vitest'
import { withoutSecrets } from '../../server/api/redact.ts'

describe('withoutSecrets', () => {
  it('says that a secret is set, and never what it is', () => {
    const shown = withoutSecrets({
      owner: 'acme',
      token: 'hunter2',
      webhookSecret: 'hunter2',
      app: { id: 7, privateKey: 'hunter2', installation: 9 },
      headers: [{ authorization: 'hunter2' }],
      apiKey: 'hunter2',
      webhook: { header: 'X-Shown', value: ['hunter2'] },
      url: 'https://user:hunter2@example.org/shop.git?access_token=hunter2',
    })
    expect(shown).toEqual({
      owner: 'acme',
      token: '(set)',
      webhookSecret: '(set)',
      app: { id: 7, privateKey: '(set)', installation: 9 },
      headers: [{ authorization: '(set)' }],
      apiKey: '(set)',
      webhook: { header: 'X-Shown', value: '(set)' },
      url: 'https://example.org/shop.git',
    })
    expect(JSON.stringify(shown)).not.toContain('hunter2')
  })

  it('keeps ordinary options as they are', () => {
    const options = { path: './shop', url: 'git@example.org:shop.git', deployments: { tags: '^v\\d+$' }, releases: true, token: null }
    expect(withoutSecrets(options)).toEqual(options)
  })

  it.each([null, 'text', [1], 3])('shows %j as no options', (options) => {
    expect(withoutSecrets(options)).toEqual({})
  })
})
