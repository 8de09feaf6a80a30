import { describe, expect, it } from 'vitest'
import { isBotName } from '../../server/sources/bot-name.ts'

describe('names of bots', () => {
  it.each([
    ...['test_bot', 'test-bot', 'my bot', 'test-bot-123', 'name_bot_suffix', 'bot_name', 'my_BOT', 'My Bot', 'test@bot', '[bot]'],
    ...['github-actions[bot]', 'renovate[bot]', 'SomeService-bot-123', 'bot-123[bot]', 'test-bot[123]', 'special@bot@chars', '_bot_helper'],
  ])('%s is one', (name) => {
    expect(isBotName(name)).toBe(true)
  })

  it.each([
    ...['robotics', 'lobotomy', 'botany', 'about', 'robotic', 'bots', '', ' ', '12345', 'john_doe', 'robotics_expert', 'sabotage'],
    ...['cubot', 'robo', 'botanic', 'robot', 'abot'],
  ])('%s is none', (name) => {
    expect(isBotName(name)).toBe(false)
  })
})
