// The protocol of Flume 1.11's RPC, AvroSourceProtocol, as the text that its clients and sources announce in handshakes.
// Peers compare MD5 hashes of the text, so every byte counts: the member order, the escapes and the `doc` attribute that
// Flume's build leaves in it.
import { createHash } from 'node:crypto'

const DOC = [
  '* Licensed to the Apache Software Foundation (ASF) under one',
  '* or more contributor license agreements.  See the NOTICE file',
  '* distributed with this work for additional information',
  '* regarding copyright ownership.  The ASF licenses this file',
  '* to you under the Apache License, Version 2.0 (the',
  '* "License"); you may not use this file except in compliance',
  '* with the License.  You may obtain a copy of the License at',
  '*',
  '* http://www.apache.org/licenses/LICENSE-2.0',
  '*',
  '* Unless required by applicable law or agreed to in writing,',
  '* software distributed under the License is distributed on an',
  '* "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY',
  '* KIND, either express or implied.  See the License for the',
  '* specific language governing permissions and limitations',
  '* under the License.',
].join('\n ')

/** The protocol text of Flume 1.11. */
export const FLUME_PROTOCOL = JSON.stringify({
  protocol: 'AvroSourceProtocol',
  namespace: 'org.apache.flume.source.avro',
  doc: DOC,
  types: [
    { type: 'enum', name: 'Status', symbols: ['OK', 'FAILED', 'UNKNOWN'] },
    {
      type: 'record',
      name: 'AvroFlumeEvent',
      fields: [
        { name: 'headers', type: { type: 'map', values: 'string' } },
        { name: 'body', type: 'bytes' },
      ],
    },
  ],
  messages: {
    append: { request: [{ name: 'event', type: 'AvroFlumeEvent' }], response: 'Status' },
    appendBatch: {
      request: [{ name: 'events', type: { type: 'array', items: 'AvroFlumeEvent' } }],
      response: 'Status',
    },
  },
})

/** Its MD5, 86aadae2c45474c0fe93ffd0f2350a65: what identifies a Flume 1.11 peer. */
export const FLUME_HASH: Buffer = hashOf(FLUME_PROTOCOL)

/** The hash under which a protocol text is known in handshakes, 16 bytes. */
export function hashOf(protocolText: string): Buffer {
  return createHash('md5').update(protocolText, 'utf8').digest()
}
