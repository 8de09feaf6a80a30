/** Facts from the webhooks of any system, by rules of the configuration. */
import type { Source } from '../source.ts'
import { WebhookOptions } from './options.ts'
import { webhookReceiver } from './receive.ts'

export const webhookSource: Source<WebhookOptions> = {
  id: 'webhook',
  title: 'Webhook',
  options: WebhookOptions,
  namesServices: true,
  receive: webhookReceiver,
  async preview(options, ctx) {
    const { previewWebhook } = await import('./preview.ts')
    return previewWebhook(options, ctx)
  },
}
