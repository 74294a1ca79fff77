import { describe, expect, test } from '@jest/globals'
import { parseIpFilter } from '../../src/net/ip-filter.ts'

const names = new Map([
  ['10.0.0.1', 'web1.example.com'],
  ['127.0.0.1', 'localhost'],
])
let asked = 0
async function nameOf(address: string): Promise<string> {
  asked++
  const name = names.get(address)
  if (name === undefined) throw new Error('ENOTFOUND')
  return name
}

async function accepted(rules: string, address: string): Promise<boolean> {
  const filter = parseIpFilter(rules, nameOf)
  if ('wrong' in filter) throw new Error(filter.wrong)
  return filter.accepts(address)
}

describe('ipFilterRules', () => {
  test.each([
    ['the first rule that matches decides', 'deny:ip:10.*,allow:ip:10.0.0.1', '10.0.0.1', false],
    ['what no rule matches is accepted', 'deny:ip:10.*', '192.0.2.1', true],
    ['rules may have blanks around them', ' allow:ip:127.0.0.1 , deny:ip:* ', '192.0.2.1', false],
    ['a trailing comma is nothing', 'deny:ip:*,', '192.0.2.1', false],
    ['a star is any run', 'deny:ip:1*1', '10.0.0.1', false],
    ['a question mark is one character', 'deny:ip:10.0.0.?', '10.0.0.12', true],
    ['a dot is a dot', 'deny:ip:10.0.0.1', '1010.0.1', true],
    ['a pattern covers the whole text', 'deny:ip:0.0.0', '10.0.0.1', true],
    ['signs of regular expressions are ordinary', 'deny:ip:[1]+(', '1', true],
    ['IPv6 addresses have colons', 'deny:ip:::1', '::1', false],
    ['names are looked up', 'deny:name:*.example.com', '10.0.0.1', false],
    ['an address without a name is its own name', 'deny:name:192.*', '192.0.2.1', false],
    ['name:localhost is a loopback address', 'allow:name:localhost,deny:ip:*', '127.0.0.9', true],
    ['name:localhost is one of IPv6 too', 'allow:name:localhost,deny:ip:*', '::1', true],
    ['name:localhost is no other address', 'allow:name:localhost,deny:ip:*', '10.0.0.1', false],
    ['rules of both kinds go in their order', 'allow:name:web1*,deny:ip:10.*', '10.0.0.1', true],
  ])('%s: %s', async (_, rules, address, expected) => {
    expect(await accepted(rules, address)).toBe(expected)
  })

  test('a name is not looked up before a rule needs it', async () => {
    asked = 0
    await accepted('deny:ip:10.*,deny:name:*.com', '10.0.0.1')
    await accepted('allow:name:localhost,deny:name:*', '192.0.2.1')
    expect(asked).toBe(0)
    await accepted('deny:name:a,deny:name:b', '10.0.0.1')
    expect(asked).toBe(1)
  })

  test('the system’s names are asked', async () => {
    const filter = parseIpFilter('deny:name:local*')
    expect('accepts' in filter && (await filter.accepts('127.0.0.1'))).toBe(false)
  })

  test('a pattern of many stars takes no time', async () => {
    expect(await accepted(`deny:ip:${'*'.repeat(5000)}x`, '1'.repeat(40))).toBe(true)
    expect(await accepted(`deny:ip:${'*1'.repeat(30)}x`, '1'.repeat(40))).toBe(true)
  })

  test.each([
    '',
    'allow',
    'allow:ip',
    'permit:ip:*',
    'allow:host:x',
    'allow:ip:',
    'deny:ip:*,,allow:ip:*',
    'ALLOW:ip:*',
  ])('the malformed rule in "%s" is told', (rules) => {
    expect(parseIpFilter(rules)).toMatchObject({
      wrong: expect.stringContaining("should look like <'allow' or 'deny'>:<'ip' or 'name'>:<pattern>"),
    })
  })
})
